import { probabilityOf } from "../calibrate/probability.ts";
import type { KeptPromise, PromiseKeeper, PromiseOptions } from "../calibrate/promise-keeper.ts";
import type { Gallery } from "../gallery/gallery.ts";
import type { Candidate } from "../gallery/loaded-gallery.ts";
import { chooseRule, type DecisionOptions, type Rule } from "./decision.ts";
import type { Face, ImageInput } from "./face.ts";
import type { FindOptions, Recognizer } from "./recognizer.ts";

export type IdentifyOptions = FindOptions &
  DecisionOptions & {
    /** So many nearest people a face. Default 5. */
    readonly candidates?: number;
    /** Decide by what the gallery may promise rather than by the rate of one comparison. */
    readonly promise?: PromiseOptions & {
      /** Of this gallery. */
      readonly keeper: PromiseKeeper;
      /** How likely a face is of an enrolled person, before looking. Default 0.5. */
      readonly prior?: number;
    };
  };

export type IdentifiedFace = Face & {
  /** The nearest person's, where the similarity reaches the threshold; `null` is "unknown". */
  readonly name: string | null;
  /** To the nearest person, reached or not; `null` where nobody is enrolled. */
  readonly similarity: number | null;
  /** Best first, each person once, whatever the threshold. */
  readonly candidates: readonly Candidate[];
  /** That the nearest person is the right one; `null` without a promise, or where its cohort cannot tell. */
  readonly probability: number | null;
};

/** The faces, and the rule that their names rest on: of one comparison, or the promise of the whole gallery. */
export type Identified = Rule & { readonly promise: KeptPromise | null; readonly faces: readonly IdentifiedFace[] };

/**
 * Name every face of a photograph from a gallery, or say that it is unknown.
 *
 * @throws {ArcfaceError} as Recognizer.embed, chooseRule, PromiseKeeper.promise and Gallery.identify.
 */
export async function identify(
  recognizer: Recognizer,
  gallery: Gallery,
  image: ImageInput,
  { candidates: limit = 5, promise, ...options }: IdentifyOptions = {},
): Promise<Identified> {
  const kept = promise ? await promise.keeper.promise(promise) : null;
  const rule = kept
    ? { threshold: kept.threshold, falseAcceptRate: null, measuredOn: `${kept.measuredOn} people who are not enrolled` }
    : chooseRule(recognizer.thresholds, options, recognizer.name);
  const map = kept?.probability?.map;
  const faces: IdentifiedFace[] = [];
  for (const face of await recognizer.embed(image, options)) {
    const { name, similarity, candidates } = await gallery.identify(face.embedding, {
      threshold: rule.threshold,
      limit,
    });
    const probability = map && similarity !== null ? probabilityOf(map, similarity, promise?.prior) : null;
    faces.push({ ...face, name, similarity, candidates, probability });
  }
  return { ...rule, promise: kept, faces };
}
