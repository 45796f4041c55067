import type { Candidate, Gallery } from "../gallery/gallery.ts";
import { chooseRule, type DecisionOptions, type Rule } from "./decision.ts";
import type { Face, ImageInput } from "./face.ts";
import type { FindOptions, Recognizer } from "./recognizer.ts";

export type IdentifyOptions = FindOptions &
  DecisionOptions & {
    /** So many nearest people a face. Default 5. */
    readonly candidates?: number;
  };

export type IdentifiedFace = Face & {
  /** The nearest person's, where the similarity reaches the threshold; `null` is "unknown". */
  readonly name: string | null;
  /** To the nearest person, reached or not; `null` where nobody is enrolled. */
  readonly similarity: number | null;
  /** Best first, each person once, whatever the threshold. */
  readonly candidates: readonly Candidate[];
};

/** The faces, and the rule that their names rest on. */
export type Identified = Rule & { readonly faces: readonly IdentifiedFace[] };

/**
 * Name every face of a photograph from a gallery, or say that it is unknown.
 *
 * @throws {ArcfaceError} as Recognizer.embed, chooseRule and Gallery.identify.
 */
export async function identify(
  recognizer: Recognizer,
  gallery: Gallery,
  image: ImageInput,
  { candidates: limit = 5, ...options }: IdentifyOptions = {},
): Promise<Identified> {
  const rule = chooseRule(recognizer.thresholds, options, recognizer.name);
  const faces: IdentifiedFace[] = [];
  for (const face of await recognizer.embed(image, options)) {
    const { name, similarity, candidates } = await gallery.identify(face.embedding, {
      threshold: rule.threshold,
      limit,
    });
    faces.push({ ...face, name, similarity, candidates });
  }
  return { ...rule, faces };
}
