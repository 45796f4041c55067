/**
 * The part of arcface that runs anywhere: types, geometry, alignment, recognition over a Host, galleries in memory.
 * In Node, import `arcface-ts/node`, which adds files, networks from the npm registry, and galleries on disk.
 *
 * @module
 */
export type { DetectOptions, FaceDetector } from "./detect/face-detector.ts";
export { ArcfaceError, type ErrorCode } from "./errors.ts";
export {
  type Candidate,
  Gallery,
  type Identification,
  type IdentifyOptions as GalleryIdentifyOptions,
  type Origin,
} from "./gallery/gallery.ts";
export type { GalleryStore, NewTemplate, Person, Snapshot, Template } from "./gallery/store.ts";
export { createMemoryStore } from "./gallery/store-memory.ts";
export type { Detection, FaceDetection } from "./geometry/detection.ts";
export { ARCFACE_TEMPLATE } from "./geometry/landmarks.ts";
export { estimateSimilarity } from "./geometry/similarity.ts";
export type { Affine, Box, Landmarks, Point } from "./geometry/types.ts";
export type { DecodeOptions, Host, ImageCodec, Session, SessionOptions, ValueInfo } from "./host/host.ts";
export { type AlignOptions, alignFace } from "./image/align.ts";
export type { FaceMark } from "./image/annotate.ts";
export { createImage, type Image } from "./image/image.ts";
export { type AlbumFace, type AlbumPerson, facesOfPhoto, groupIntoPeople } from "./recognize/album.ts";
export { chooseRule, type DecisionOptions, type Rule, type Threshold } from "./recognize/decision.ts";
export type { Embedder, EmbedOptions } from "./recognize/embedder.ts";
export { type EnrolOptions, type EnrolOutcome, type EnrolPhoto, enrol, enrolPhoto } from "./recognize/enrol.ts";
export type { Face, ImageInput } from "./recognize/face.ts";
export { type Identified, type IdentifiedFace, type IdentifyOptions, identify } from "./recognize/identify.ts";
export {
  DEFAULT_DETECTOR,
  DEFAULT_RECOGNIZER,
  type LoadParts,
  loadDetectorFrom,
  loadEmbedderFrom,
  loadRecognizerFrom,
  type ModelSource,
} from "./recognize/load.ts";
export type { LoadedModel } from "./recognize/open-network.ts";
export {
  type FindOptions,
  type Photo,
  Recognizer,
  type RecognizerParts,
  type Verification,
} from "./recognize/recognizer.ts";
export type { DType, Tensor, TensorData } from "./tensor/tensor.ts";
export { dot, l2Normalize } from "./tensor/vector.ts";
export { type Card, parseCard } from "./zoo/card.ts";
