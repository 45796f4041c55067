import type { GraphBuilder, Value } from "../builder.ts";
import type { Vjps } from "./rule.ts";
import { ints, num, reshape, sizes, stretch } from "./words.ts";

const zeros = (g: GraphBuilder, shape: readonly number[]): Value => stretch(g, num(g, 0), shape);

export const select: Vjps = {
  // Back to the places that were taken; those taken twice get both.
  Gather: ({ g, dy, x: [x, index], call }) => {
    const shape = sizes(x!);
    const axis = (call.int("axis") + shape.length) % shape.length;
    const flat = reshape(g, index!, [-1]);
    const count = sizes(index!).reduce((n, size) => n * size, 1);
    const rows = [...shape.slice(0, axis), count, ...shape.slice(axis + 1)];
    const along = g.node("Reshape", [
      flat,
      ints(
        g,
        rows.map((_, i) => (i === axis ? count : 1)),
      ),
    ]);
    const scattered = g.node("ScatterElements", [zeros(g, shape), stretch(g, along, rows), reshape(g, dy, rows)], {
      attributes: { axis, reduction: "add" },
    });
    return [scattered, null];
  },
  GatherElements: ({ g, dy, x: [x, index], call }) => [
    g.node("ScatterElements", [zeros(g, sizes(x!)), index!, dy], {
      attributes: { axis: call.int("axis"), reduction: "add" },
    }),
    null,
  ],
  ScatterElements: ({ g, dy, x: [, index, updates], call, wanted }) => {
    const axis = call.int("axis");
    const reduction = call.text("reduction");
    if (reduction !== "add" && reduction !== "none") throw call.mismatch("a reduction of add or none", reduction);
    return [
      reduction === "add"
        ? dy
        : g.node("ScatterElements", [dy, index!, zeros(g, sizes(updates!))], { attributes: { axis } }),
      null,
      wanted(2) ? g.node("GatherElements", [dy, index!], { attributes: { axis } }) : null,
    ];
  },
};
