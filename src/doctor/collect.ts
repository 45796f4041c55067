import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { groupFaces } from "../gallery/cluster.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import type { Image } from "../image/image.ts";
import type { Recognizer } from "../recognize/recognizer.ts";
import { type Photo, scaled } from "./photos.ts";
import { randomFrom, shuffled } from "./random.ts";
import { cutFace, FACES_A_PERSON, type LabelledFace } from "./samples.ts";

/** Photographs by name: of people, a list each, or of nobody knows whom. */
export type FaceFiles =
  | { readonly kind: "people"; readonly people: readonly (readonly string[])[] }
  | { readonly kind: "loose"; readonly files: readonly string[] };

export type CollectOptions = {
  /** Faces, or photographs, at most. */
  readonly limit: number;
  /** Of which photographs are taken where there are more than enough. */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told of photographs that cannot be read; they are left out. */
  readonly onUnread?: ((file: string, error: ArcfaceError) => void) | undefined;
};

/** Faces whose eyes are nearer, in pixels, tell little. */
const LEAST_EYES = 12;

/** Larger photographs are shrunk before a detector is shown them: none looks at more. */
const LARGEST_SIDE = 1280;

/**
 * Faces for a recogniser, with what is known of whom they show.
 *
 * @param recognizer one that is known to work: finds the faces, and says which of nobody's may be one person's.
 * @param size the side of the crops.
 * @throws {ArcfaceError} CANCELLED; those of a photograph that are not its own.
 */
export async function collectFaces(
  recognizer: Recognizer,
  files: FaceFiles,
  size: number,
  options: CollectOptions,
): Promise<LabelledFace[]> {
  return files.kind === "people"
    ? collectPeople(recognizer, files.people, size, options)
    : collectLoose(recognizer, files.files, size, options);
}

async function collectPeople(
  recognizer: Recognizer,
  people: readonly (readonly string[])[],
  size: number,
  { limit, seed = 1, ...options }: CollectOptions,
): Promise<LabelledFace[]> {
  const random = randomFrom(seed);
  const faces: LabelledFace[] = [];
  for (const [person, files] of shuffled(people, random).entries()) {
    const from = faces.length;
    for (const file of shuffled(files, random)) {
      if (faces.length === limit || faces.length - from === FACES_A_PERSON) break;
      options.onProgress?.(faces.length, limit);
      const image = await read(recognizer, file, options);
      if (!image) continue;
      // The photograph is of whoever is in its middle.
      const found = await recognizer.detector.detect(image, { order: "central", maxFaces: 1, expectFace: true });
      for (const face of found.filter(isLarge)) faces.push({ crops: cutFace(image, face, size), person });
    }
  }
  return faces;
}

async function collectLoose(
  recognizer: Recognizer,
  files: readonly string[],
  size: number,
  { limit, seed = 1, ...options }: CollectOptions,
): Promise<LabelledFace[]> {
  const found: { crops: LabelledFace["crops"]; embedding: Float32Array; photo: string }[] = [];
  for (const file of shuffled(files, randomFrom(seed))) {
    if (found.length >= limit) break;
    options.onProgress?.(found.length, limit);
    const image = await read(recognizer, file, options);
    if (!image) continue;
    const large = (await recognizer.detector.detect(image)).filter(isLarge);
    for (const { embedding, ...face } of await recognizer.embedDetections(image, large)) {
      found.push({ crops: cutFace(image, face, size), embedding, photo: file });
    }
  }
  // Faces that look alike may be one person's; they are then no pair of two people, nor of one.
  const people = groupFaces(
    found.map(({ embedding }) => embedding),
    { threshold: recognizer.thresholds[0]?.threshold ?? 0.4, photos: found.map(({ photo }) => photo) },
  );
  return found.map(({ crops }, i) => ({ crops, person: people[i]! }));
}

/** Photographs for a detector, with the faces that a detector found which is known to work. */
export async function collectPhotos(
  recognizer: Recognizer,
  files: FaceFiles,
  { limit, seed = 1, ...options }: CollectOptions,
): Promise<Photo[]> {
  const photos: Photo[] = [];
  const all = files.kind === "people" ? files.people.flat() : files.files;
  for (const file of shuffled(all, randomFrom(seed))) {
    if (photos.length === limit) break;
    options.onProgress?.(photos.length, Math.min(limit, all.length));
    const whole = await read(recognizer, file, options);
    if (!whole) continue;
    const image = shrunk(whole);
    const faces = await recognizer.detector.detect(image);
    if (faces.length > 0) photos.push({ image, faces });
  }
  return photos;
}

/** A photograph's pixels; `null` where it cannot be read. */
async function read(
  recognizer: Recognizer,
  file: string,
  { signal, onUnread }: Pick<CollectOptions, "signal" | "onUnread">,
): Promise<Image | null> {
  throwIfCancelled(signal, "doctor");
  try {
    return await recognizer.decode(file);
  } catch (error) {
    if (!(error instanceof ArcfaceError) || error.code === "CANCELLED") throw error;
    onUnread?.(file, error);
    return null;
  }
}

function shrunk(image: Image): Image {
  const { width, height } = image;
  const scale = LARGEST_SIDE / Math.max(width, height);
  return scale >= 1 ? image : scaled(image, Math.ceil(width * scale), Math.ceil(height * scale), scale);
}

function isLarge({ landmarks: [left, right] }: FaceDetection): boolean {
  return Math.hypot(right[0] - left[0], right[1] - left[1]) >= LEAST_EYES;
}
