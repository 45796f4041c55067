import type { FaceDetection } from "../geometry/detection.ts";
import { type Alignment, cropFace } from "../image/crop-face.ts";
import type { Image } from "../image/image.ts";
import { randomFrom, shuffled } from "./random.ts";
import type { Label } from "./separation.ts";
import { VARIANTS, variantsOf } from "./variants.ts";

/** One face cut in each of the ways that a recogniser may want it. */
export type Crops = Readonly<Record<Alignment, Image>>;

/** A face, and whom it shows as far as that is known. */
export type LabelledFace = {
  readonly crops: Crops;
  /** Faces of one number may be one person's, those of different numbers are not. */
  readonly person: number;
};

/** A picture that a recogniser is fed. */
export type Sample = { readonly label: Label; crop(alignment: Alignment): Image };

/**
 * - `people`    genuine pairs are two photographs of one person, as labelled
 * - `variants`  genuine pairs are variants of one photograph of a face (variantsOf)
 */
export type PairKind = "people" | "variants";

/** Fewer people than this with two photographs or more say too little: variants are used instead. */
const MIN_PEOPLE = 12;

/** Faces of one person at most: more people tell more than more photographs of the same. */
export const FACES_A_PERSON = 4;

export const ALIGNMENTS: readonly Alignment[] = ["arcface", "none", "mirrored"];

export function cutFace(image: Image, face: FaceDetection, size: number): Crops {
  const cut = (alignment: Alignment): Image => cropFace(image, face, alignment, size);
  return { arcface: cut("arcface"), none: cut("none"), mirrored: cut("mirrored") };
}

export type SampleOptions = {
  /** Samples at most. */
  readonly limit: number;
  /** Are faces of one `person` known to be one person's? Else they only are not known to be two people's. */
  readonly areLabelled: boolean;
  /** Of the order of people, and the choice among their faces. */
  readonly seed?: number;
};

/** What a recogniser is to be fed, person after person, so that the first so many are a fair part of all. */
export function makeSamples(
  faces: readonly LabelledFace[],
  { limit, areLabelled, seed = 1 }: SampleOptions,
): { samples: Sample[]; kind: PairKind } {
  const random = randomFrom(seed);
  const people = new Map<number, LabelledFace[]>();
  for (const face of faces) people.set(face.person, [...(people.get(face.person) ?? []), face]);
  const byPerson = shuffled([...people.values()], random);
  const several = byPerson.filter((own) => own.length > 1);
  if (areLabelled && several.length >= MIN_PEOPLE) {
    const chosen = several.flatMap((own) => shuffled(own, random).slice(0, FACES_A_PERSON));
    return { samples: chosen.slice(0, limit).map(photographSample), kind: "people" };
  }
  const chosen = byPerson.flat().slice(0, Math.max(1, Math.floor(limit / VARIANTS)));
  return { samples: chosen.flatMap(variantSamples), kind: "variants" };
}

function photographSample({ crops, person }: LabelledFace): Sample {
  return { label: { person, identity: 0 }, crop: (alignment) => crops[alignment] };
}

function variantSamples({ crops, person }: LabelledFace, identity: number): Sample[] {
  const made = new Map<Alignment, Image[]>();
  const variants = (alignment: Alignment): Image[] => {
    const known = made.get(alignment) ?? variantsOf(crops[alignment]);
    made.set(alignment, known);
    return known;
  };
  return Array.from({ length: VARIANTS }, (_, i) => ({
    label: { person, identity },
    crop: (alignment) => variants(alignment)[i]!,
  }));
}
