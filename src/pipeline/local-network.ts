import { ArcfaceError, expected } from "../errors.ts";
import type { Host, ValueInfo } from "../host/host.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import { decodeModel } from "../onnx/model.ts";
import { imageInputOf } from "../zoo/archive/archive-input.ts";
import type { DeviceNetwork, NetworkOptions } from "./device.ts";
import { answersOf } from "./network-answers.ts";
import { type FeedInput, feedsOf } from "./network-feeds.ts";

/** Messages in one inference where the network takes any number and nobody says how many. */
const MAX_BATCH = 8;

/**
 * An archive's network over a session of the host's.
 *
 * @param model ONNX: the archive's file, or what was made ready of it.
 * @throws {ArcfaceError} MODEL_MISMATCH where config.json and the graph disagree; as createSession.
 */
export async function openLocalNetwork(
  host: Host,
  archive: NNArchive,
  model: Uint8Array,
  { threads = 1, maxBatch: wanted = MAX_BATCH }: NetworkOptions = {},
): Promise<DeviceNetwork> {
  const { name } = archive;
  const session = await host.createSession(model, name, { threads });
  try {
    const inputs = session.inputs.map((input) => feedInputOf(archive, input));
    checkOutputs(archive, session.outputs);
    const layouts = Object.fromEntries(archive.getConfig().model.outputs.map((o) => [o.name, o.layout]));
    const fixed = fixedBatch(session.inputs);
    const maxBatch = fixed ?? (wanted > 1 && takesAnyBatch(session, model, name) ? wanted : 1);
    return {
      maxBatch,
      async infer(messages) {
        if (messages.length === 0 || messages.length > maxBatch) {
          throw expected(`${name}: infer`, `1 to ${maxBatch} messages`, `${messages.length}`);
        }
        // A network for just so many gets them: the last one, again and again, where there are too few.
        const fed = Array.from({ length: fixed ?? messages.length }, (_, i) => messages[i] ?? messages.at(-1)!);
        const outputs = await session.run(feedsOf(name, inputs, fed));
        return answersOf(name, outputs, layouts, fed.length).slice(0, messages.length);
      },
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

const isFree = (dim: number | string | undefined): boolean => typeof dim === "string" || (dim !== undefined && dim < 0);

/** Of a network that was made for several at once; `null` of others. */
function fixedBatch(inputs: readonly ValueInfo[]): number | null {
  const [first] = inputs[0]?.shape ?? [];
  const isBatch = inputs.every(({ shape }) => shape.length === 4 && shape[0] === first);
  return isBatch && typeof first === "number" && first > 1 ? first : null;
}

/**
 * May frames go in together, each with its own answer? Where all first axes are free, and of one name if they have any.
 * A network quantised while it runs measures the range of a whole batch: a frame's answer would depend on the others'.
 */
function takesAnyBatch(
  { inputs, outputs }: { inputs: readonly ValueInfo[]; outputs: readonly ValueInfo[] },
  model: Uint8Array,
  name: string,
): boolean {
  const first = inputs[0]?.shape[0];
  const alike = [...inputs, ...outputs].every(({ shape }) => isFree(shape[0]) && shape[0] === first);
  if (!alike) return false;
  return !decodeModel(model, name).graph?.node.some(({ opType }) => opType === "DynamicQuantizeLinear");
}

function feedInputOf(archive: NNArchive, input: ValueInfo): FeedInput {
  const { inputs } = archive.getConfig().model;
  const told = inputs.find(({ name }) => name === input.name);
  if (!told) throw disagree(archive, "input", input.name, inputs);
  return { ...input, pixels: told.input_type === "image" ? imageInputOf(told, archive.name) : null };
}

function checkOutputs(archive: NNArchive, outputs: readonly ValueInfo[]): void {
  const missing = archive.getConfig().model.outputs.find(({ name }) => !outputs.some((one) => one.name === name));
  if (!missing) return;
  const names = outputs.map(({ name }) => name).join(", ");
  throw new ArcfaceError(
    "MODEL_MISMATCH",
    `${archive.name}: config.json says an output ${missing.name}, the network has ${names || "none"}`,
  );
}

function disagree({ name }: NNArchive, kind: string, has: string, told: readonly { name: string }[]): ArcfaceError {
  const names = told.map((one) => one.name).join(", ") || "none";
  return new ArcfaceError("MODEL_MISMATCH", `${name}: the network has an ${kind} ${has}, config.json says ${names}`);
}
