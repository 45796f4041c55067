import fc from "fast-check";
import { expect, test } from "vitest";
import { BOX, layOut } from "./graph-layout.ts";

test("a chain goes down, and a node that joins two ways lies below both", () => {
  const { nodes, width } = layOut(
    [0, 1, 2, 3],
    [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 0, to: 3 },
      { from: 2, to: 3 },
    ],
  );
  const rows = nodes.map(({ y }) => (y - BOX.height / 2) / (BOX.height + BOX.gapY));
  expect(rows).toEqual([0, 1, 2, 3]);
  expect(nodes.map(({ x }) => x)).toEqual([width / 2, width / 2, width / 2, width / 2]);
});

test("boxes of any graph, rings too, lie apart and within the drawing", () => {
  const graph = fc.integer({ min: 0, max: 12 }).chain((n) =>
    fc.record({
      ids: fc.constant(Array.from({ length: n }, (_, id) => id)),
      links: fc.array(
        fc.record({ from: fc.nat({ max: Math.max(0, n - 1) }), to: fc.nat({ max: Math.max(0, n - 1) }) }),
      ),
    }),
  );
  fc.assert(
    fc.property(graph, ({ ids, links }) => {
      const { nodes, width, height } = layOut(ids, n(links, ids.length));
      expect(nodes.map(({ id }) => id)).toEqual(ids);
      for (const { id, x, y } of nodes) {
        expect(x - BOX.width / 2).toBeGreaterThanOrEqual(-1e-9);
        expect(x + BOX.width / 2).toBeLessThanOrEqual(width + 1e-9);
        expect(y + BOX.height / 2).toBeLessThanOrEqual(height + 1e-9);
        for (const other of nodes) {
          if (other.id === id) continue;
          const apart = Math.abs(other.x - x) >= BOX.width || Math.abs(other.y - y) >= BOX.height;
          expect(apart).toBe(true);
        }
      }
    }),
    { seed: 17 },
  );

  function n<T>(links: T[], count: number): T[] {
    return count === 0 ? [] : links;
  }
});
