import { sha256Hex } from "../bytes/sha256.ts";
import { type ProbabilityMap, probabilityOf } from "../calibrate/probability.ts";
import type { DetectOptions, FaceDetector } from "../detect/face-detector.ts";
import { ArcfaceError, expected } from "../errors.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import type { DecodeOptions, Host } from "../host/host.ts";
import { cropFace } from "../image/crop-face.ts";
import { createImage, type Image } from "../image/image.ts";
import { dot } from "../tensor/vector.ts";
import { chooseRule, type DecisionOptions, type Rule, type Threshold } from "./decision.ts";
import type { Embedder, EmbedOptions } from "./embedder.ts";
import type { Face, ImageInput } from "./face.ts";

export type FindOptions = DecodeOptions & DetectOptions & EmbedOptions;

export type Verification = Rule & {
  /** `similarity` reached `threshold`. */
  readonly same: boolean;
  /** Cosine, −1 to 1; larger is nearer. */
  readonly similarity: number;
  /** The face compared in each photograph: the largest. */
  readonly faces: readonly [Face, Face];
  /** How many faces each photograph shows. */
  readonly counts: readonly [number, number];
  /** That they are one person's, at even odds beforehand; `null` where the recogniser's card has no map for it. */
  readonly probability: number | null;
};

/** A photograph that was read. */
export type Photo = {
  readonly image: Image;
  /** Hex sha256 of the file; `null` where the photograph came as pixels. */
  readonly imageSha256: string | null;
  /** The name it was read by; `null` where it had none. */
  readonly source: string | null;
};

export type RecognizerParts = {
  readonly host: Host;
  readonly detector: FaceDetector;
  readonly embedder: Embedder;
  readonly thresholds: readonly Threshold[];
  /** From the card, where it has one. Default `null`. */
  readonly probability?: ProbabilityMap | null;
  /** Slugs and hashes of the detector and its stages, files and cards: what a cache of detections depends on. */
  readonly detectorFingerprint: string;
};

/**
 * From photographs to faces with embeddings. Wherever an image is meant, a name the host can read, an encoded file or
 * pixels will do; wherever a photograph cannot be read, the codec's errors pass through.
 */
export class Recognizer implements AsyncDisposable {
  readonly detector: FaceDetector;
  readonly embedder: Embedder;
  readonly thresholds: readonly Threshold[];
  readonly probability: ProbabilityMap | null;
  readonly detectorFingerprint: string;
  readonly #host: Host;

  constructor({ host, detector, embedder, thresholds, probability = null, detectorFingerprint }: RecognizerParts) {
    this.#host = host;
    this.detector = detector;
    this.embedder = embedder;
    this.thresholds = thresholds;
    this.probability = probability;
    this.detectorFingerprint = detectorFingerprint;
  }

  /** The recogniser's slug. */
  get name(): string {
    return this.embedder.name;
  }

  /** See Embedder. */
  get fingerprint(): string {
    return this.embedder.fingerprint;
  }

  /** A photograph's pixels, and what tells its file from others. */
  async open(image: ImageInput, options: DecodeOptions = {}): Promise<Photo> {
    if (typeof image === "string") return this.#photo(await this.#host.read(image), image, image, options);
    if (image instanceof Uint8Array) return this.#photo(image, "image", null, options);
    return { image: createImage(image.width, image.height, image.data), imageSha256: null, source: null };
  }

  /** Upright RGB pixels of a photograph. */
  async decode(image: ImageInput, options: DecodeOptions = {}): Promise<Image> {
    if (typeof image === "string") return this.#host.codec.decode(await this.#host.read(image), image, options);
    if (image instanceof Uint8Array) return this.#host.codec.decode(image, "image", options);
    return createImage(image.width, image.height, image.data);
  }

  /** Where the faces are. @throws {ArcfaceError} as FaceDetector.detect. */
  async detect(image: ImageInput, options: DecodeOptions & DetectOptions = {}): Promise<FaceDetection[]> {
    return this.detector.detect(await this.decode(image, options), options);
  }

  /** The crop of a face as its card has it aligned: what the embedder sees. */
  align(image: Image, face: FaceDetection): Image {
    return cropFace(image, face, this.embedder.alignment, this.embedder.cropSize);
  }

  /** Every face with its embedding, in the detector's order. */
  async embed(image: ImageInput, options: FindOptions = {}): Promise<Face[]> {
    const pixels = await this.decode(image, options);
    return this.embedDetections(pixels, await this.detector.detect(pixels, options), options);
  }

  /** Embeddings of faces that were found before. */
  async embedDetections(
    image: Image,
    detections: readonly FaceDetection[],
    options: EmbedOptions = {},
  ): Promise<Face[]> {
    const embeddings = await this.embedder.embed(
      detections.map((d) => this.align(image, d)),
      options,
    );
    return detections.map((detection, i) => ({ ...detection, embedding: embeddings[i]! }));
  }

  /**
   * Are the largest faces of two photographs the same person?
   *
   * @throws {ArcfaceError} NO_FACE where one shows none; see chooseRule for the rest.
   */
  async verify(a: ImageInput, b: ImageInput, options: FindOptions & DecisionOptions = {}): Promise<Verification> {
    const rule = chooseRule(this.thresholds, options, this.name);
    const [first, second] = [await this.#largest(a, options), await this.#largest(b, options)];
    // Rounding may leave the cosine of a face with itself a hair above 1.
    const similarity = Math.max(-1, Math.min(1, dot(first.face.embedding, second.face.embedding)));
    return {
      same: similarity >= rule.threshold,
      similarity,
      ...rule,
      faces: [first.face, second.face],
      counts: [first.count, second.count],
      probability: this.probability && probabilityOf(this.probability, similarity),
    };
  }

  async #photo(bytes: Uint8Array, name: string, source: string | null, options: DecodeOptions): Promise<Photo> {
    const image = await this.#host.codec.decode(bytes, name, options);
    return { image, imageSha256: await sha256Hex(bytes), source };
  }

  async #largest(image: ImageInput, options: FindOptions): Promise<{ face: Face; count: number }> {
    if (options.raw) throw expected("verify", "L2-normalised embeddings", "the option raw");
    const pixels = await this.decode(image, options);
    const { maxFaces: _, ...rest } = options;
    const detections = await this.detector.detect(pixels, { ...rest, order: "largest" });
    const [face] = await this.embedDetections(pixels, detections.slice(0, 1), options);
    if (!face) throw noFace(image);
    return { face, count: detections.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.detector[Symbol.asyncDispose](), this.embedder[Symbol.asyncDispose]()]);
  }
}

/** What to say of a photograph in which a face was needed and none was found. */
export function noFace(image: ImageInput): ArcfaceError {
  return new ArcfaceError("NO_FACE", `${typeof image === "string" ? image : "image"}: expected a face, found none`, {
    hint: "try the option orientations for a turned photo, effort thorough for small faces, or a lower scoreThreshold",
  });
}
