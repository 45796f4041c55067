import { ArcfaceError } from "../errors.ts";
import type { Affine } from "../geometry/types.ts";
import type { Network } from "../host/network.ts";
import type { Pyramid } from "../image/crop-sampler.ts";
import { cropsToTensor } from "../image/crop-tensor.ts";
import { tensorLength } from "../image/to-tensor.ts";
import type { Outputs } from "../parsers/outputs.ts";
import { type ArrayPool, createArrayPool } from "../tensor/array-pool.ts";
import { sizeOf, type Tensor } from "../tensor/tensor.ts";

/** Crops a run at most, where a network takes several. */
const BATCH = 64;

/** Crops of a pyramid: each an affine from its pixels to the image's, all of one size. */
export type Windows = { readonly affines: readonly Affine[]; readonly width: number; readonly height: number };

/**
 * Run a network on crops of one size.
 *
 * @param batch crops a run at most, of a network that takes several; default 64.
 * @returns outputs by role; of several crops joined along the first dimension, in their order.
 */
export async function runNetwork(
  network: Network,
  pyramid: Pyramid,
  { affines, width, height }: Windows,
  batch: number = BATCH,
): Promise<Outputs> {
  const runs: Outputs[] = [];
  const step = takesBatches(network) ? batch : 1;
  for (let from = 0; from < affines.length; from += step) {
    const some = affines.slice(from, from + step);
    const answer = await arraysOf(network).lend(tensorLength(some.length, width, height, network.input), (array) =>
      network.session.run({ [network.input.name]: cropsToTensor(pyramid, some, width, height, network.input, array) }),
    );
    runs.push(
      Object.fromEntries(
        Object.entries(network.outputs).flatMap(([role, name]) => (answer[name] ? [[role, answer[name]]] : [])),
      ),
    );
  }
  const [only] = runs;
  return only && runs.length === 1 ? only : joinRuns(runs, affines.length);
}

/**
 * The network with its outputs named by role, checked against its graph.
 *
 * @param roles what the parser needs, taken by the same names where the card maps nothing; absent names stay out
 * where `byPosition` is false.
 * @throws {ArcfaceError} MODEL_MISMATCH where the graph lacks the input or an output.
 */
export function withRoles(network: Network, roles: readonly string[], byPosition = false): Network {
  const { session, input, name } = network;
  const names = session.outputs.map((output) => output.name);
  const lacks = (what: string, has: readonly string[]) =>
    new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: expected ${what} in the graph, which has ${has.join(", ") || "none"}`,
      {
        hint: "the card's `input.name` and `outputs` must name what the graph has",
      },
    );
  if (!session.inputs.some((value) => value.name === input.name)) {
    throw lacks(
      `an input ${input.name}`,
      session.inputs.map((value) => value.name),
    );
  }
  const mapped = Object.keys(network.outputs).length > 0;
  const named = byPosition && !names.includes(roles[0]!) ? names : roles;
  const outputs = mapped ? network.outputs : Object.fromEntries(roles.map((role, i) => [role, named[i] ?? role]));
  const missing = roles.find((role) => !outputs[role]);
  if (missing) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: expected its card to map output ${missing}, it maps ${Object.keys(outputs).join(", ")}`,
    );
  }
  const absent = Object.values(outputs).find((output) => !names.includes(output));
  if (absent !== undefined) throw lacks(`an output ${absent}`, names);
  return { ...network, outputs, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
}

const arrays = new WeakMap<Network["session"], ArrayPool>();

/** What a session is fed from. */
function arraysOf({ session }: Network): ArrayPool {
  const known = arrays.get(session) ?? createArrayPool();
  arrays.set(session, known);
  return known;
}

function takesBatches({ session, input }: Network): boolean {
  const shape = session.inputs.find(({ name }) => name === input.name)?.shape;
  return shape !== undefined && (typeof shape[0] === "string" || shape[0] === -1);
}

function joinRuns(runs: readonly Outputs[], count: number): Outputs {
  return Object.fromEntries(
    Object.entries(runs[0] ?? {}).map(([role, first]) => {
      // Parsers take float32 only, and say so of a single one.
      if (!(first.data instanceof Float32Array)) return [role, first];
      const parts = runs.map((run) => run[role]!);
      return [role, joinTensors(parts, count)];
    }),
  );
}

function joinTensors(parts: readonly Tensor[], count: number): Tensor {
  const data = new Float32Array(parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data as Float32Array, at);
    at += part.data.length;
  }
  return { dtype: "float32", shape: [count, ...parts[0]!.shape.slice(1)], data };
}
