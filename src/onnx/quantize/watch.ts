import { makeValueInfo } from "../build.ts";
import { inferShapes } from "../infer.ts";
import { change, type ModelProto } from "../schema.ts";

/** A network that answers values from its inside, too; those it has as inputs are left out. */
export function watchValues(model: ModelProto, names: readonly string[]): ModelProto {
  const graph = model.graph!;
  const shapes = inferShapes(model, { onUnknown: () => {} });
  const there = new Set([...graph.output, ...graph.input].map(({ name }) => name));
  const more = names
    .filter((name) => !there.has(name))
    .map((name) => makeValueInfo(name, shapes.get(name)?.shape ?? []));
  return change(model, { graph: change(graph, { output: [...graph.output, ...more] }) });
}
