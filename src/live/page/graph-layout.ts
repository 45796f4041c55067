export type Link = { readonly from: number; readonly to: number };

export type PlacedNode = { readonly id: number; readonly x: number; readonly y: number };

export type Layout = {
  readonly width: number;
  readonly height: number;
  /** Where the centre of each node's box lies. */
  readonly nodes: readonly PlacedNode[];
};

export const BOX = { width: 132, height: 40, gapX: 16, gapY: 30 } as const;

/**
 * Nodes in rows, each below what it gets messages from, and in its row near to it: sources are on top. A link that closes
 * a ring is passed over.
 */
export function layOut(ids: readonly number[], links: readonly Link[]): Layout {
  const rowOf = new Map<number, number>();
  for (const id of ids) place(id, links, rowOf, new Set());
  const count = Math.max(0, ...[...rowOf.values()].map((row) => row + 1));
  const rows = Array.from({ length: count }, (_, row) => ids.filter((id) => rowOf.get(id) === row));
  const at = new Map<number, number>();
  for (const row of rows) {
    const wish = new Map(row.map((id, index) => [id, meanOf(links, id, at) ?? index]));
    row.sort((a, b) => wish.get(a)! - wish.get(b)!);
    for (const [index, id] of row.entries()) at.set(id, index - (row.length - 1) / 2);
  }
  const { width, height, gapX, gapY } = BOX;
  const widest = Math.max(1, ...rows.map((row) => row.length));
  const total = widest * (width + gapX) - gapX;
  const nodes = ids.map((id) => ({
    id,
    x: total / 2 + at.get(id)! * (width + gapX),
    y: rowOf.get(id)! * (height + gapY) + height / 2,
  }));
  return { width: total, height: Math.max(0, rows.length * (height + gapY) - gapY), nodes };
}

function place(id: number, links: readonly Link[], rowOf: Map<number, number>, path: Set<number>): number {
  const known = rowOf.get(id);
  if (known !== undefined) return known;
  path.add(id);
  const above = links.filter(({ from, to }) => to === id && !path.has(from));
  const row = Math.max(0, ...above.map(({ from }) => 1 + place(from, links, rowOf, path)));
  path.delete(id);
  rowOf.set(id, row);
  return row;
}

function meanOf(links: readonly Link[], id: number, at: ReadonlyMap<number, number>): number | null {
  const above = links.flatMap(({ from, to }) => (to === id ? (at.get(from) ?? []) : []));
  return above.length === 0 ? null : above.reduce((sum, x) => sum + x, 0) / above.length;
}
