import { expected } from "../errors.ts";

/**
 * The cheapest partial assignment of rows to columns: each row takes at most one column and each column at most one
 * row, so that Σ (cost − limit) over the pairs taken is least. A row without a column is what it costs to pay `limit`
 * for it: pairs at or above the limit are never taken, and `Infinity` forbids a pair.
 *
 * @param costs rows × columns, row-major; above −Infinity, not NaN.
 * @param limit finite. To take every pair that can be, give one above any sum of costs.
 * @returns for each row its column, or −1. Of equally cheap assignments always the same one.
 * @throws {ArcfaceError} INVALID_ARGUMENT.
 *
 * Source: shortest augmenting paths with potentials, R. Jonker and A. Volgenant, Computing 38 (1987); O(rows² · columns).
 */
export function assign(costs: ArrayLike<number>, rows: number, columns: number, limit: number): Int32Array {
  if (costs.length !== rows * columns) throw expected("assign", `${rows} × ${columns} costs`, `${costs.length}`);
  if (!Number.isFinite(limit)) throw expected("assign", "a finite limit", `${limit}`);
  for (let i = 0; i < costs.length; i++) {
    if (!(costs[i]! > -Infinity)) throw expected("assign", "costs that are numbers above −Infinity", `${costs[i]}`);
  }
  // Beside the real columns, row i has one of its own, columns + i, of cost 0: staying alone.
  const width = columns + rows;
  const cost = (row: number, column: number): number => {
    if (column >= columns) return column === columns + row ? 0 : Infinity;
    const c = costs[row * columns + column]!;
    return c < limit ? c - limit : Infinity;
  };
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(width);
  const rowOf = new Int32Array(width).fill(-1);

  for (let start = 0; start < rows; start++) {
    // Dijkstra over columns by reduced cost, from the new row to the nearest free column.
    const distance = new Float64Array(width).fill(Infinity);
    const cameFrom = new Int32Array(width).fill(-1);
    const done = new Uint8Array(width);
    let row = start;
    let column = -1;
    let travelled = 0;
    for (;;) {
      let nearest = -1;
      for (let j = 0; j < width; j++) {
        if (done[j]) continue;
        const through = travelled + cost(row, j) - rowPotential[row]! - columnPotential[j]!;
        if (through < distance[j]!) {
          distance[j] = through;
          cameFrom[j] = column;
        }
        if (nearest === -1 || distance[j]! < distance[nearest]!) nearest = j;
      }
      column = nearest;
      travelled = distance[column]!;
      done[column] = 1;
      if (rowOf[column] === -1) break;
      row = rowOf[column]!;
    }
    for (let j = 0; j < width; j++) {
      if (!done[j]) continue;
      if (rowOf[j] !== -1) rowPotential[rowOf[j]!]! += travelled - distance[j]!;
      columnPotential[j]! -= travelled - distance[j]!;
    }
    rowPotential[start]! += travelled;
    // Along the path every column passes to the row that reached it.
    for (let j = column; j !== -1; j = cameFrom[j]!) rowOf[j] = cameFrom[j] === -1 ? start : rowOf[cameFrom[j]!]!;
  }

  const columnOf = new Int32Array(rows).fill(-1);
  for (let j = 0; j < columns; j++) if (rowOf[j] !== -1) columnOf[rowOf[j]!] = j;
  return columnOf;
}
