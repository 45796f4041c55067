import type { GraphBuilder, Value } from "../builder.ts";
import type { Vjps } from "./rule.ts";
import { scale, sizes } from "./words.ts";

/** α·op(a)·op(b), over leading axes that are equal or stretched. */
function product(g: GraphBuilder, a: Value, b: Value, transA = 0, transB = 0, alpha = 1): Value {
  return g.node("com.microsoft.FusedMatMul", [a, b], { attributes: { transA, transB, alpha: { float: alpha } } });
}

/** The gradients of y = α·op(a)·op(b), where op transposes or does not. */
function factors(g: GraphBuilder, dy: Value, [a, b]: readonly Value[], [tA, tB]: readonly number[], alpha = 1) {
  const da = () => (tA ? product(g, b!, dy, tB, 1, alpha) : product(g, dy, b!, 0, tB ? 0 : 1, alpha));
  const db = () => (tB ? product(g, dy, a!, 1, tA, alpha) : product(g, a!, dy, tA ? 0 : 1, 0, alpha));
  return [da, db] as const;
}

export const matmul: Vjps = {
  MatMul: ({ g, dy, x, wanted }) => {
    const ranks = x.map((v) => v.shape.length);
    // A vector is a matrix of one row, or column.
    const [a, b] = x.map((v, i) => {
      if (ranks[i] !== 1) return v;
      return g.node("Unsqueeze", [v, g.literal([1], [i === 0 ? 0 : 1])]);
    });
    const axes = [...(ranks[0] === 1 ? [-2] : []), ...(ranks[1] === 1 ? [-1] : [])];
    const rank = Math.max(2, ...ranks);
    const places = axes.map((axis) => axis + rank);
    const whole = places.length > 0 ? g.node("Unsqueeze", [dy, g.literal([places.length], places)]) : dy;
    const [da, db] = factors(g, whole, [a!, b!], [0, 0]);
    const back = (d: Value, i: number) =>
      ranks[i] === 1 ? g.node("Squeeze", [d, g.literal([1], [sizes(d).length - (i === 0 ? 2 : 1)])]) : d;
    return [wanted(0) ? back(da(), 0) : null, wanted(1) ? back(db(), 1) : null];
  },
  Gemm: ({ g, dy, x: [a, b, c], call, wanted }) => {
    const [da, db] = factors(g, dy, [a!, b!], [call.int("transA"), call.int("transB")], call.float("alpha"));
    return [wanted(0) ? da() : null, wanted(1) ? db() : null, c && wanted(2) ? scale(g, dy, call.float("beta")) : null];
  },
  "com.microsoft.FusedMatMul": ({ g, dy, x, call, wanted }) => {
    const [da, db] = factors(g, dy, x, [call.int("transA"), call.int("transB")], call.float("alpha"));
    return [wanted(0) ? da() : null, wanted(1) ? db() : null];
  },
};
