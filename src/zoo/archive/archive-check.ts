import type { NNArchiveConfig } from "../../nn-archive/config.ts";
import type { ModelDescription, ValueDescription } from "../../onnx/model.ts";

type Port = { readonly name: string; readonly dtype: string; readonly shape?: readonly number[] | undefined };

/** Where an archive's config.json and the graph beside it say different things: a sentence each. */
export function graphProblems({ model }: NNArchiveConfig, graph: ModelDescription): string[] {
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const named = (model.heads ?? []).flatMap(({ outputs = [] }, i) => outputs.map((name) => ({ name, i })));
  return [
    ...portProblems("input", model.inputs, graph.inputs),
    ...graph.inputs
      .filter(({ name }) => !model.inputs.some((input) => input.name === name))
      .map(({ name }) => `the network has an input ${name} that config.json does not name`),
    ...portProblems("output", model.outputs, graph.outputs),
    ...named
      .filter(({ name }) => !outputs.has(name))
      .map(({ name, i }) => `heads[${i}].outputs names ${name}, which is no output`),
  ];
}

function portProblems(kind: "input" | "output", stated: readonly Port[], found: readonly ValueDescription[]): string[] {
  return stated.flatMap(({ name, dtype, shape }) => {
    const value = found.find((one) => one.name === name);
    if (!value) return [`the network has no ${kind} ${name}; it has ${found.map((one) => one.name).join(", ")}`];
    const problems: string[] = [];
    const actual = value.dtype === "bool" ? "boolean" : value.dtype;
    if (actual !== dtype) problems.push(`${kind} ${name}: config.json says ${dtype}, the network ${actual}`);
    if (shape && !fits(shape, value.shape))
      problems.push(`${kind} ${name}: config.json says [${shape.join(", ")}], the network [${value.shape.join(", ")}]`);
    return problems;
  });
}

/** A graph that declares no dimensions takes any; one that may vary has a name, or −1. */
function fits(stated: readonly number[], actual: readonly (number | string)[]): boolean {
  if (actual.length === 0) return true;
  return (
    stated.length === actual.length &&
    actual.every((dim, axis) => typeof dim === "string" || dim < 0 || dim === stated[axis])
  );
}
