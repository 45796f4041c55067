import { expect, test } from "vitest";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { inferShapes } from "./infer.ts";
import {
  AttributeType,
  change,
  createAttribute,
  createValueInfo,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./schema.ts";

const graph = (
  nodes: NodeProto[],
  { x = ["N", 3, "H", "W"], constants = [] as TensorProto[], y = ["N", 1] as (string | number)[] } = {},
): ModelProto =>
  makeModel({
    name: "g",
    nodes,
    inputs: [makeValueInfo("x", x)],
    outputs: [makeValueInfo("y", y)],
    initializers: constants,
  });
const weights = (name: string, shape: number[]) =>
  makeTensor(name, shape, new Float32Array(shape.reduce((n, dim) => n * dim, 1)));
const shapeOf = (model: ModelProto, name = "y") => inferShapes(model).get(name)?.shape;

test("dimensions that vary keep their names, and computed ones are formulas", () => {
  const model = graph(
    [makeNode("Conv", ["x", "w"], ["c"], { strides: [2, 2], pads: [1, 1, 1, 1] }), makeNode("Flatten", ["c"], ["y"])],
    { constants: [weights("w", [8, 3, 3, 3])] },
  );
  expect(shapeOf(model, "c")).toEqual(["N", 8, "floor((H+1)/2)", "floor((W+1)/2)"]);
  expect(shapeOf(model)).toEqual(["N", "8*floor((H+1)/2)*floor((W+1)/2)"]);
});

test("shapes computed in the graph are followed: Shape, Gather, Concat, Reshape", () => {
  const model = graph(
    [
      makeNode("Shape", ["x"], ["s"]),
      makeNode("Gather", ["s", "first"], ["n"], { axis: 0 }),
      makeNode("Concat", ["n", "rest"], ["to"], { axis: 0 }),
      makeNode("Reshape", ["x", "to"], ["y"]),
    ],
    { constants: [makeTensor("first", [1], [0]), makeTensor("rest", [2], [-1, 3])] },
  );
  expect(shapeOf(model)).toEqual(["N", "H*W", 3]);
});

test("inputShapes take the place of what varies", () => {
  const model = graph([makeNode("GlobalAveragePool", ["x"], ["y"])]);
  expect(inferShapes(model, { inputShapes: { x: [4, 3, 7, 7] } }).get("y")?.shape).toEqual([4, 3, 1, 1]);
  expect(() => inferShapes(model, { inputShapes: { x: [4, 1, 7, 7] } })).toThrow(
    "x: expected [N, 3, H, W], got [4, 1, 7, 7]",
  );
});

test.each<[what: string, node: NodeProto, message: string]>([
  [
    "weights of other channels",
    makeNode("Conv", ["x", "w"], ["y"]),
    "y (Conv): expected 4 channels (1 × 4, from weights [8, 4, 3, 3]), got 3",
  ],
  [
    "a kernel past the image",
    makeNode("MaxPool", ["x"], ["y"], { kernel_shape: [9, 9] }),
    "y (MaxPool): expected at least 9 padded pixels along axis 2, got 5",
  ],
  [
    "shapes that do not broadcast",
    makeNode("Add", ["x", "w"], ["y"]),
    "y (Add): expected shapes that broadcast, got [1, 3, 5, 5] and [8, 4, 3, 3]",
  ],
  [
    "a shape of another size",
    makeNode("Reshape", ["x", "to"], ["y"]),
    "y (Reshape): expected a shape of 75 elements, as [1, 3, 5, 5] has, got [2, 2]",
  ],
  ["an axis too many", makeNode("Concat", ["x", "x"], ["y"], { axis: 4 }), "y (Concat): expected an axis of 4, got 4"],
  ["a missing attribute", makeNode("Concat", ["x", "x"], ["y"]), "y (Concat): expected the attribute axis, got none"],
  ["an input too few", makeNode("Conv", ["x"], ["y"]), "y (Conv): expected 2 to 3 inputs, got 1"],
  ["a value that nobody makes", makeNode("Relu", ["z"], ["y"]), "y: expected z to be made before it, got none"],
  [
    "a value made twice",
    makeNode("Relu", ["x"], ["x"]),
    "x: expected a new name for its output, got x, which is taken",
  ],
])("a graph with %s contradicts itself", (_, node, message) => {
  const constants = [weights("w", [8, 4, 3, 3]), makeTensor("to", [2], [2, 2])];
  expect(() => inferShapes(graph([node], { x: [1, 3, 5, 5] as never, constants }))).toThrow(
    expect.objectContaining({ code: "MODEL_MISMATCH", message }),
  );
});

test("an unknown operator is refused, or skipped together with what follows from it", () => {
  const model = graph([
    makeNode("Mystery", ["x"], ["m"]),
    makeNode("Relu", ["m"], ["r"]),
    makeNode("Relu", ["x"], ["known"]),
  ]);
  expect(() => inferShapes(model)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: "m: the operator Mystery is not known" }),
  );
  const unknown: string[] = [];
  const values = inferShapes(model, { onUnknown: (op) => unknown.push(op) });
  expect(unknown).toEqual(["Mystery"]);
  expect([...values.keys()]).toEqual(["x", "known"]);
});

test("what the file says of an unknown operator's output is believed", () => {
  const model = graph([makeNode("Mystery", ["x"], ["m"]), makeNode("Flatten", ["m"], ["y"])]);
  const stated = change(model, { graph: change(model.graph!, { valueInfo: [makeValueInfo("m", ["N", 4, 2])] }) });
  expect(inferShapes(stated, { onUnknown: () => {} }).get("y")?.shape).toEqual(["N", 8]);
});

test("an operator is not found among an object's own methods", () => {
  expect(() => inferShapes(graph([makeNode("constructor", ["x"], ["y"])]))).toThrow(
    "operator constructor is not known",
  );
});

test("an input without a shape is unknown until one is given", () => {
  const model = graph([makeNode("Relu", ["x"], ["y"])]);
  const type = { value: { case: "tensorType" as const, value: { elemType: 1 } } };
  const shapeless = change(model, { graph: change(model.graph!, { input: [createValueInfo({ name: "x", type })] }) });
  expect(inferShapes(shapeless).has("y")).toBe(true);
  expect(inferShapes(shapeless, { inputShapes: { x: [2, 2] } }).get("y")?.shape).toEqual([2, 2]);
});

test("a graph that doubles a size again and again does not grow its formula with it", () => {
  const names = ["x", ...Array.from({ length: 60 }, (_, i) => `c${i}`)];
  const nodes = names.slice(1).map((name, i) => makeNode("Concat", [names[i]!, names[i]!], [name], { axis: 0 }));
  const last = inferShapes(graph(nodes)).get("c59")!.shape;
  expect(`${last[0]}`.length).toBeLessThan(500);
  expect(last.slice(1)).toEqual([3, "H", "W"]);
});

test("a Range of more numbers than memory holds is a size like any other", () => {
  const constants = [[0], [1e15], [1]].map((value, i) => makeTensor(`r${i}`, [], value));
  expect(shapeOf(graph([makeNode("Range", ["r0", "r1", "r2"], ["y"])], { constants }))).toEqual([1e15]);
});

test("a Constant whose bytes do not fill its shape is unknown rather than misread", () => {
  const t = change(makeTensor("", [1], Float32Array.of(2)), { dims: [4n] });
  const constant = makeNode("Constant", [], ["scales"]);
  constant.attribute.push(createAttribute({ name: "value", type: AttributeType.TENSOR, t }));
  const shape = shapeOf(graph([constant, makeNode("Resize", ["x", "", "scales"], ["y"])]));
  expect(shape).toEqual(["y:0", "y:1", "y:2", "y:3"]);
});
