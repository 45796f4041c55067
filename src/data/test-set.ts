import type { Box, Landmarks } from "../geometry/types.ts";
import type { ImagePlace } from "./labelled-images.ts";
import type { PairSet } from "./pair-set.ts";

/** How a picture's face is found. The first two need a detector. */
export type FaceSpot =
  /** The face nearest the picture's centre. */
  | { readonly kind: "centre" }
  /** The face nearest the centre of a box, pixels. */
  | { readonly kind: "box"; readonly box: Box }
  /** Aligned by these five points, pixels. */
  | { readonly kind: "points"; readonly landmarks: Landmarks }
  /** The picture is the aligned crop; one of another size is resized. */
  | { readonly kind: "crop" }
  /** The picture is aligned, with room around the face: its middle square of this side, pixels, is the crop. */
  | { readonly kind: "middle"; readonly side: number };

export type TestImage = {
  /** What reports and errors call it: its path in the set, `/` between parts, or `agedb_30.bin#17`. */
  readonly key: string;
  readonly place: ImagePlace;
  readonly face: FaceSpot;
  /** How sure a detector was of the face, as the set tells it; 1 where it does not. */
  readonly faceScore?: number;
};

/** What is compared: one picture, the frames of a video, a person's pictures. */
export type TestTemplate = {
  readonly name: string;
  /** Whose it is; `null` where the set does not say. */
  readonly person: string | null;
  /** Indices into `images`; none where all that was listed is absent. */
  readonly images: readonly number[];
  /** Beside `images`: pictures of one number are frames of one video, averaged first. Absent: each stands for itself. */
  readonly media?: readonly number[];
};

/** Templates compared two by two, by their indices. A decision on one fold uses a threshold chosen on the others. */
export type TestPairs = {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** 1 where both are one person, else 0. */
  readonly same: Uint8Array;
  /** Counted from 0 without gaps; `null` where the set has no folds. */
  readonly fold: Uint16Array | null;
  /** Only this fold's decisions count; the others are there to choose its threshold on. */
  readonly judged?: number;
  /** What is known of each pair (camera, pose, age, group): a value a pair, `null` where it is not known. */
  readonly columns: Readonly<Record<string, readonly (string | null)[]>>;
};

/** Templates sought among others, by their indices: probe i among `gallery` and its mate. */
export type TestSearch = {
  readonly probes: Uint32Array;
  /** The template of the same person that probe i should find; −1 for an unknown visitor. */
  readonly mates: Int32Array;
  /** Who they may be mistaken for; a probe's mate may be among them. */
  readonly gallery: Uint32Array;
  /** So many at the end of `gallery` are strangers: rates are told for fewer of them, too, the first ones. */
  readonly distractors: number;
};

/** A data set, as a protocol measures it; plain data, its pictures unread. */
export type TestSet = {
  readonly name: string;
  readonly images: readonly TestImage[];
  readonly templates: readonly TestTemplate[];
  readonly pairs: TestPairs | null;
  readonly search: TestSearch | null;
  /** Pictures and videos that the set lists and that are not there. */
  readonly absent: readonly string[];
};

/**
 * Pairs of pictures as a test set: a template a picture.
 *
 * @param options.personOf whose a picture is, by its path; absent, nobody says.
 * @param options.absent pictures that are not there: their templates are empty.
 */
export function testSetOfPairs(
  { name, images, pairs }: PairSet,
  { place, face, personOf = () => null, absent = [] }: PairSetFacts,
): TestSet {
  const isAbsent = new Set(absent);
  const there = images.filter((image) => !isAbsent.has(image));
  const indexOf = new Map(there.map((image, i) => [image, i]));
  return {
    name,
    images: there.map((key) => ({ key, place: place(key), face })),
    templates: images.map((key) => {
      const index = indexOf.get(key);
      return { name: key, person: personOf(key), images: index === undefined ? [] : [index] };
    }),
    pairs: {
      a: Uint32Array.from(pairs, ({ a }) => a),
      b: Uint32Array.from(pairs, ({ b }) => b),
      same: Uint8Array.from(pairs, ({ same }) => Number(same)),
      fold: Uint16Array.from(pairs, ({ fold }) => fold),
      columns: {},
    },
    search: null,
    absent,
  };
}

export type PairSetFacts = {
  place(image: string): ImagePlace;
  readonly face: FaceSpot;
  personOf?(image: string): string | null;
  readonly absent?: readonly string[];
};
