import { ArcfaceError } from "../errors.ts";
import type { Host, SessionOptions, ValueInfo } from "../host/host.ts";
import type { Network, NetworkInput } from "../host/network.ts";
import type { Card, CardModel } from "../zoo/cards/card.ts";

/** A card and the ONNX file it names. */
export type LoadedModel = { readonly card: Card; readonly model: Uint8Array | null; readonly sha256: string | null };

/**
 * A session of a model, checked against its card.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where the graph has not the input or outputs the card says; as createSession.
 */
export async function openNetwork(host: Host, { card, model }: LoadedModel, options: SessionOptions): Promise<Network> {
  if (!card.model || !model) {
    throw new ArcfaceError("MODEL_MISMATCH", `${card.slug}: expected a network, got a card made of stages`);
  }
  const session = await host.createSession(model, card.slug, options);
  try {
    checkContract(card.slug, card.model, session.inputs, session.outputs);
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  return {
    name: card.slug,
    session,
    input: card.model.input,
    outputs: card.model.outputs,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function checkContract(
  slug: string,
  { input, outputs }: CardModel,
  graphInputs: readonly ValueInfo[],
  graphOutputs: readonly ValueInfo[],
): void {
  const mismatch = (what: string, got: string): ArcfaceError =>
    new ArcfaceError("MODEL_MISMATCH", `${slug}: its card says ${what}, the network has ${got}`, {
      hint: "the file is another network, or the card's model section is wrong; docs/model-cards.md describes it",
    });
  const names = (values: readonly ValueInfo[]): string => values.map((v) => v.name).join(", ") || "none";
  const found = graphInputs.find((i) => i.name === input.name);
  if (!found || graphInputs.length !== 1) throw mismatch(`one input, ${input.name}`, names(graphInputs));
  if (found.dtype !== "float32") throw mismatch(`input ${input.name}, which is fed float32`, `${found.dtype}`);
  const want = shapeOf(input);
  // A graph that declares no dimensions at all takes any.
  const fits =
    found.shape.length === 0 ||
    (found.shape.length === 4 &&
      want.every((dim, i) => dim === null || isFree(found.shape[i]!) || found.shape[i] === dim));
  if (!fits)
    throw mismatch(
      `input ${input.name} of [${want.map((d) => d ?? "any").join(", ")}] (${input.layout})`,
      `[${found.shape.join(", ")}]`,
    );
  const missing = Object.values(outputs).find((name) => !graphOutputs.some((o) => o.name === name));
  if (missing !== undefined) throw mismatch(`an output ${missing}`, names(graphOutputs));
}

function shapeOf({ color, layout, width, height, dynamic }: NetworkInput): (number | null)[] {
  const channels = color === "GRAY" ? 1 : 3;
  const [h, w] = dynamic ? [null, null] : [height, width];
  return layout === "NCHW" ? [null, channels, h, w] : [null, h, w, channels];
}

function isFree(dim: number | string): boolean {
  return typeof dim === "string" || dim < 0;
}
