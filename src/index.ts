/**
 * The part of arcface that runs anywhere: types, geometry, alignment, recognition over a Host, galleries in memory.
 * In Node, import `arcface-ts/node`, which adds files, networks from the npm registry, and galleries on disk.
 *
 * @module
 */
export type { Compression } from "./bytes/decompress.ts";
export type { ByteSource, Bytes } from "./bytes/stream.ts";
export type { Cohort } from "./calibrate/cohort.ts";
export {
  type CalibratedThreshold,
  type CheckedProbability,
  calibrateFolder,
  type FolderCalibration,
  type FolderCalibrationOptions,
} from "./calibrate/folder-calibration.ts";
export { type ProbabilityMap, probabilityOf, type Reliability } from "./calibrate/probability.ts";
export type { GalleryPromise, PromisedThreshold } from "./calibrate/promise.ts";
export { type KeptPromise, PromiseKeeper, type PromiseOptions } from "./calibrate/promise-keeper.ts";
export type { LabelledEmbeddings, ScorePairsOptions } from "./calibrate/score-pairs.ts";
export { encodeVerificationBin, parseVerificationBin, type VerificationBin } from "./data/verification-bin.ts";
export type { DetectOptions, FaceDetector } from "./detect/face-detector.ts";
export type { Disagreement } from "./doctor/card-contract.ts";
export type { CollectOptions, FaceFiles } from "./doctor/collect.ts";
export type { ColorOrder, Contract, ContractField, Normalization } from "./doctor/contract.ts";
export type { DetectorHeads } from "./doctor/detector-heads.ts";
export { type DoctorOptions, examine, type Patient } from "./doctor/doctor.ts";
export type { DetectorMeasurement, Measurement, RecognizerMeasurement } from "./doctor/measurement.ts";
export type { PairKind } from "./doctor/samples.ts";
export { judgeCard, type Verdict } from "./doctor/verdict.ts";
export { ArcfaceError, type ErrorCode } from "./errors.ts";
export type { IndexedTemplate, Match } from "./gallery/exact-index.ts";
export {
  Gallery,
  type Identification,
  type IdentifyOptions as GalleryIdentifyOptions,
  type Origin,
} from "./gallery/gallery.ts";
export type { GrowingIndexOptions } from "./gallery/growing-index.ts";
export type { IndexKeeper } from "./gallery/index-keeper.ts";
export { createInt8Index, type Int8Index, type Int8IndexOptions, type SearchOptions } from "./gallery/int8-index.ts";
export type { Candidate, GalleryOptions } from "./gallery/loaded-gallery.ts";
export type { ScanEngine } from "./gallery/scan-engine.ts";
export type { EmbeddingsOf } from "./gallery/similarities.ts";
export type { GalleryStore, NewTemplate, Person, Snapshot, Template } from "./gallery/store.ts";
export { createMemoryStore } from "./gallery/store-memory.ts";
export type { Detection, FaceDetection } from "./geometry/detection.ts";
export { ARCFACE_TEMPLATE } from "./geometry/landmarks.ts";
export { estimateSimilarity } from "./geometry/similarity.ts";
export type { Affine, Box, Landmarks, Point } from "./geometry/types.ts";
export type { DecodeOptions, Host, ImageCodec, Session, SessionOptions, ValueInfo } from "./host/host.ts";
export { type AlignOptions, alignFace } from "./image/align.ts";
export { type Alignment, cropFace } from "./image/crop-face.ts";
export { createImage, type Image } from "./image/image.ts";
export type { FaceMark } from "./image/mark-layout.ts";
export type { PixelFormat } from "./image/to-tensor.ts";
export type { Interval } from "./metrics/bootstrap.ts";
export type { DescribeExtras } from "./model-page/describe.ts";
export { modelPage } from "./model-page/page.ts";
export { modelText } from "./model-page/text.ts";
export { buildNet, isNetName, type NetName } from "./nets/registry.ts";
export { type NNArchiveConfig, type NNArchiveConfigInput, parseConfig } from "./nn-archive/config.ts";
export { inferLayout } from "./nn-archive/layout.ts";
export { NNArchive } from "./nn-archive/nn-archive.ts";
export { type ArchiveLimits, type ReadArchiveOptions, readArchive } from "./nn-archive/read.ts";
export { type ArchiveContents, type WriteArchiveOptions, writeArchive } from "./nn-archive/write.ts";
export { type CountOptions, countModel, type LayerCount, type ModelCount } from "./onnx/count.ts";
export { type BakeOptions, bakePreprocessing, type Preprocessing } from "./onnx/export-form.ts";
export { type TakenOut, type TakeOutOptions, takeOutPreprocessing } from "./onnx/export-form-take-out.ts";
export type { ValueDescription } from "./onnx/model.ts";
export { decodeModel, encodeModel } from "./onnx/model.ts";
export type { Dim, Shape } from "./onnx/ops/dim.ts";
export { OPTIMIZE_PASSES, type OptimizePass, optimizeModel } from "./onnx/optimize.ts";
export { printModel } from "./onnx/print.ts";
export { type WithGradientsOptions, withGradients } from "./onnx/with-gradients.ts";
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
export type { FrameStream, VideoFrame } from "./video/frame-stream.ts";
export { type ArchiveOptions, type ArchiveParts, archiveFromCard } from "./zoo/archive/archive-card.ts";
export { cardFromArchive } from "./zoo/archive/archive-card-read.ts";
export type { ExportOptions } from "./zoo/archive/archive-form.ts";
export { type Card, parseCard } from "./zoo/cards/card.ts";
export { NNModelDescription } from "./zoo/description.ts";
export { ONNX_PLATFORMS, PLATFORMS, type Platform, parsePlatform } from "./zoo/platform.ts";
export { SlugComponents, type SlugParts } from "./zoo/slug.ts";
export type { FoundModel, ModelQuery, ReceiveOptions, ZooSource } from "./zoo/source.ts";
