import * as z from "zod";
import { ArcfaceError } from "../../errors.ts";
import { common } from "./card-about.ts";
import { model } from "./card-model.ts";
import { slug } from "./card-source.ts";

/** A score at or above `threshold` means "the same person" with this rate of false accepts, as measured. */
const threshold = z.strictObject({
  falseAcceptRate: z.number().gt(0).lt(1),
  threshold: z.number().min(-1).max(1),
  measuredOn: z.string(),
});

/** Similarity → how likely two faces are one person's, at even odds beforehand, as a logistic curve. */
const probability = z.strictObject({
  slope: z.number().positive(),
  intercept: z.number(),
  measuredOn: z.string(),
});

const parser = z.looseObject({ name: z.string() });

export const cardSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      ...common,
      kind: z.literal("recognizer"),
      model: model.refine(
        ({ input }) => input.width === input.height,
        "a recogniser takes square crops: width and height must be the same",
      ),
      embedding: z.strictObject({
        size: z.number().int().positive(),
        /**
         * The crops it was trained on: `arcface`, five landmarks on the template; `mirrored`, the same with left and
         * right landmarks exchanged; `none`, the face's box stretched to the input.
         */
        alignment: z.enum(["arcface", "mirrored", "none"]).default("arcface"),
        /**
         * Crops in one run, where the network takes more than one. 1 for networks quantised while they run: these
         * measure the range of a whole batch, so that an embedding would depend on its neighbours.
         */
        batch: z.number().int().positive().max(256).default(8),
      }),
      /** The first is the default decision. */
      thresholds: z.array(threshold).default([]),
      probability: probability.optional(),
    }),
    /** One network, or `stages`: other cards by the role the parser gives them. */
    z
      .strictObject({
        ...common,
        kind: z.literal("detector"),
        model: model.optional(),
        stages: z.record(z.string(), slug).optional(),
        parser,
      })
      .refine(
        ({ model, stages }) => model !== undefined || Object.keys(stages ?? {}).length > 0,
        "a detector needs a model or stages",
      ),
    z.strictObject({ ...common, kind: z.literal("landmarks"), model, parser }),
    /** A network that is only a stage of others: MTCNN's P-net and R-net. */
    z.strictObject({ ...common, kind: z.literal("stage"), model }),
  ],
  { error: "expected recognizer, detector, landmarks or stage" },
);

/** A model as data: where it is, what it may be used for, how it is fed, what was measured. */
export type Card = z.infer<typeof cardSchema>;
export type CardOf<Kind extends Card["kind"]> = Extract<Card, { kind: Kind }>;
export type CardModel = z.infer<typeof model>;

/**
 * Check what a card's YAML or JSON says.
 *
 * @param where what errors call it: a path.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with every field that is wrong.
 */
export function parseCard(value: unknown, where: string): Card {
  const parsed = cardSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "card"}: ${message}`);
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: not a model card: ${problems.join("; ")}`, {
    hint: "docs/model-cards.md describes the fields; `arcface models show SLUG --json` prints one that works",
  });
}
