import { sha256Hex } from "../../bytes/sha256.ts";
import { bakePreprocessing } from "../../onnx/export-form.ts";
import { takeOutPreprocessing } from "../../onnx/export-form-take-out.ts";
import { describeModel, encodeModel } from "../../onnx/model.ts";
import type { ModelProto } from "../../onnx/schema.ts";
import type { Card, CardModel } from "../cards/card.ts";
import { outputRoles } from "./archive-heads.ts";

export type CardWithNetwork = Card & { readonly model: CardModel };

export const hasNetwork = (card: Card): card is CardWithNetwork => card.model !== undefined;

/** A network in another form, with the card that says how it is fed now. */
export type Reformed = {
  readonly card: CardWithNetwork;
  readonly model: ModelProto;
  readonly onnx: Uint8Array<ArrayBuffer>;
};

export type ExportOptions = {
  /** What input and output are called then. Defaults: `images`; `output` for an embedding, else the roles' names. */
  readonly inputName?: string | undefined;
  readonly outputName?: string | undefined;
};

/**
 * The form in which Luxonis exports networks: BGR, un-normalised, with the preprocessing in the graph.
 *
 * @param fileName what the new card names as its file.
 * @throws {ArcfaceError} as bakePreprocessing.
 */
export async function toExportForm(
  card: CardWithNetwork,
  model: ModelProto,
  fileName: string,
  { inputName = "images", outputName = "output" }: ExportOptions = {},
): Promise<Reformed> {
  const { input } = card.model;
  const names = describeModel(model).outputs.map(({ name }) => name);
  const roles = Object.entries(outputRoles(card, names)).map(
    ([role, name]) => [role, name, role === "embedding" ? outputName : role] as const,
  );
  const baked = bakePreprocessing(model, {
    inputName: input.name,
    mean: input.mean,
    scale: input.scale,
    layout: input.layout,
    reverseChannels: input.color === "RGB",
    rename: { [input.name]: inputName, ...Object.fromEntries(roles.map(([, name, renamed]) => [name, renamed])) },
  });
  return reformed(card, baked, fileName, {
    input: {
      ...input,
      name: inputName,
      color: input.color === "GRAY" ? "GRAY" : "BGR",
      mean: input.mean.map(() => 0),
      scale: input.scale.map(() => 1),
    },
    outputs: Object.fromEntries(roles.map(([role, , renamed]) => [role, renamed])),
  });
}

/**
 * The form in which networks are published: the preprocessing that the graph began with is the card's to say.
 *
 * @param names stay where none are given.
 * @returns null where the graph does not begin with any that is known.
 */
export async function toSourceForm(
  card: CardWithNetwork,
  model: ModelProto,
  fileName: string,
  { inputName, outputName }: ExportOptions = {},
): Promise<Reformed | null> {
  const { input } = card.model;
  const { embedding, ...roles } = outputRoles(
    card,
    describeModel(model).outputs.map(({ name }) => name),
  );
  const taken = takeOutPreprocessing(model, {
    inputName: input.name,
    layout: input.layout,
    rename: {
      [input.name]: inputName ?? input.name,
      ...(embedding !== undefined && { [embedding]: outputName ?? embedding }),
    },
  });
  if (!taken) return null;
  const { mean, scale, reverseChannels, layout } = taken;
  // What the card says comes first, in its order of colours; then what the graph did, in its own.
  const then = (values: readonly number[], c: number): number => values[reverseChannels ? values.length - 1 - c : c]!;
  const color = reverseChannels ? (input.color === "RGB" ? "BGR" : "RGB") : input.color;
  return reformed(card, taken.model, fileName, {
    input: {
      ...input,
      name: inputName ?? input.name,
      color: input.color === "GRAY" ? "GRAY" : color,
      layout,
      mean: mean.map((m, c) => then(input.mean, c) + m * then(input.scale, c)),
      scale: scale.map((s, c) => s * then(input.scale, c)),
    },
    outputs: embedding === undefined ? roles : { ...roles, embedding: outputName ?? embedding },
  });
}

/** The card of another file of the same network. */
export function withFile(card: CardWithNetwork, changes: Partial<CardModel>): CardWithNetwork {
  return { ...card, model: { ...card.model, ...changes } } as CardWithNetwork;
}

/** A network that became another file, which its card pins from then on. */
export async function reformed(
  card: CardWithNetwork,
  model: ModelProto,
  fileName: string,
  changes: Partial<CardModel> = {},
): Promise<Reformed> {
  const onnx = new Uint8Array(encodeModel(model));
  const file = { sha256: await sha256Hex(onnx), byteLength: onnx.length, source: { path: fileName } };
  return { card: withFile(card, { ...file, ...changes }), model, onnx };
}
