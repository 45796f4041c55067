/**
 * arcface in Node: everything of `arcface-ts`, and what needs files, the npm registry and native code.
 *
 * @module
 */
export { type Benchmarked, type BenchmarkOptions, benchmark, type SkippedRow } from "./bench/benchmark.node.ts";
export type { BenchmarkCpu, BenchmarkPlatform, BenchmarkPrecision, BenchmarkRow } from "./bench/row.ts";
export type { Latency } from "./bench/statistics.ts";
export { readCohort, writeCohort } from "./calibrate/cohort-file.node.ts";
export { centresOfCheckpoint } from "./clean/checkpoint-centres.node.ts";
export { type CentreSource, type Cleaned, type CleanOptions, cleanSet } from "./clean/clean-set.node.ts";
export type { EmbedSetOptions } from "./clean/embed-set.node.ts";
export type { CleanedClass, CleanReport, DroppedImage } from "./clean/report.ts";
export type { Anatomy, Centres, Votes } from "./clean/vote.ts";
export { type CopyOptions, copyImages } from "./clean/write-cleaned.node.ts";
export { type ReportContext, writeCleanReport } from "./clean/write-report.node.ts";
export { type AlignFolderOptions, alignFolder, type FolderAlignment } from "./crops/align-folder.node.ts";
export type { FaceChoice } from "./crops/choose-face.ts";
export type { CutOptions } from "./crops/cut-face.ts";
export { type CropCounts, type CropOutcome, DROP_REASONS, type DropReason } from "./crops/outcome.ts";
export type { CfpProtocol } from "./data/cfp.ts";
export type { ImagePlace, LabelledImage, LabelledImages, OnBad } from "./data/labelled-images.ts";
export type { OwnOptions } from "./data/load-own.node.ts";
export type { YtfOptions } from "./data/load-ytf.node.ts";
export { openLabelledImages } from "./data/open-labelled-images.node.ts";
export { openRecordWriter, type RecordLayout, type RecordWriter } from "./data/recordio/write-records.node.ts";
export type { FaceSpot, TestImage, TestPairs, TestSearch, TestSet, TestTemplate } from "./data/test-set.ts";
export type { YtfLabels } from "./data/ytf.ts";
export { listFaceFiles } from "./doctor/face-files.node.ts";
export type { EmbedProgress } from "./evaluate/embed-all.ts";
export { type EmbeddedPeople, type EmbedPeopleOptions, embedPeople } from "./evaluate/embed-people.node.ts";
export {
  type Evaluated,
  type EvaluateOptions,
  evaluate,
  evaluateLfwAligned,
  type MeasureOptions,
} from "./evaluate/evaluate.node.ts";
export {
  EVALUATION_FORMAT,
  type EvaluatedItem,
  type EvaluatedModel,
  type EvaluatedProtocol,
  type Evaluation,
  type EvaluationTiming,
  type Figure,
  type Identified,
  type MissedImage,
  type PairColumns,
  type PublishedFigure,
  type Verified,
} from "./evaluate/evaluation.ts";
export type { Pooling } from "./evaluate/pool.ts";
export {
  PROTOCOL_NAMES,
  PROTOCOLS,
  type Protocol,
  type ProtocolName,
  type ProtocolOptions,
} from "./evaluate/protocols.node.ts";
export { type EvaluationSummary, figureOf, summaryOf } from "./evaluate/summary.ts";
export type { TarRule } from "./evaluate/verification-figures.ts";
export { type FinetuneOptions, finetune } from "./finetune/finetune.node.ts";
export type { Finetuned } from "./finetune/finetuned.ts";
export type { LearntLayers } from "./finetune/learnt-weights.ts";
export type { FinetuneSettings } from "./finetune/options.ts";
export type { PeopleVerification } from "./finetune/people-verification.ts";
export { openGallery } from "./gallery/open-gallery.node.ts";
export { createScanThreads } from "./gallery/scan-threads.node.ts";
export type { SqliteStoreOptions } from "./gallery/sqlite-open.node.ts";
export { openSqliteStore } from "./gallery/store-sqlite.node.ts";
export { createNodeHost } from "./host/host.node.ts";
export { drawFaces } from "./host/rasterize.node.ts";
export type { Augmentation } from "./image/augment/augment.ts";
export * from "./index.ts";
export type { LossSpec } from "./losses/loss.ts";
export type { PairCounts } from "./metrics/pairs.ts";
export type { OperatingPoint, RocCurve } from "./metrics/roc.ts";
export type { FoldResult } from "./metrics/verification.ts";
export type { IResNet } from "./nets/iresnet.ts";
export { readArchiveFile } from "./nn-archive/read.node.ts";
export { writeArchiveFile } from "./nn-archive/write.node.ts";
export { readModelFile, type WriteModelOptions, writeModelFile } from "./onnx/model-file.node.ts";
export type { RangeMethod } from "./onnx/quantize/ranges.ts";
export type { FaceAgreement } from "./quantize/face-agreement.ts";
export type { PairsOptions } from "./quantize/pair-accuracy.node.ts";
export { type QuantizeDetectorOptions, quantizeDetector } from "./quantize/quantize-detector.node.ts";
export type { QuantizedNetwork, QuantizeNetworkOptions } from "./quantize/quantize-network.ts";
export { type QuantizeRecognizerOptions, quantizeRecognizer } from "./quantize/quantize-recognizer.node.ts";
export type { LayerSensitivity } from "./quantize/sensitivity.ts";
export { loadRecipe } from "./recipes/load-recipe.node.ts";
export { RECIPES } from "./recipes/recipes.ts";
export {
  type DetectorChoice,
  type FingerprintedDetector,
  loadDetector,
  loadDetectorInThreads,
  loadEmbedder,
  loadEmbedderInThreads,
  loadRecognizer,
  type ModelChoice,
  type NodeOptions,
  openNodeZoo,
} from "./recognize/compose.node.ts";
export { type OpenedModel, openModelFile } from "./recognize/local-model.node.ts";
export { type RocFigureOptions, rocFigure } from "./report/figures/roc-figure.node.ts";
export { type Baseline, type Gate, type GatedFigure, gate, parseBaseline } from "./report/gate.ts";
export type { ReadPicture } from "./report/thumbnails.node.ts";
export { type ReportOptions, writeReport } from "./report/write-report.node.ts";
export type { Safetensors, StoredTensor } from "./safetensors/safetensors.ts";
export { openCheckpoint } from "./train/checkpoint.node.ts";
export { type Curve, curvesFigure } from "./train/curves.node.ts";
export { type Exported, exportModel, type Trained } from "./train/export.node.ts";
export {
  type Batch,
  type Loader,
  type LoaderOptions,
  type LoaderReport,
  openLoader,
} from "./train/loader/open-loader.node.ts";
export type { LogEntry, StepsRun, Validation } from "./train/log.ts";
export type { Recipe } from "./train/recipe.ts";
export type { Schedule } from "./train/schedule.ts";
export { type TrainOptions, type TrainResult, train } from "./train/train.node.ts";
export { validateOn } from "./train/validate-on.node.ts";
export type { VideoCodec } from "./video/encoding.ts";
export type { ReconnectOptions, VideoEvent } from "./video/ffmpeg-video.node.ts";
export type { ResizeMode } from "./video/fit-frame.ts";
export { type CameraInfo, type ListCamerasOptions, listCameras } from "./video/list-cameras.node.ts";
export { type OpenVideoOptions, openVideo } from "./video/open-video.node.ts";
export { createVideoWriter, type VideoWriter, type VideoWriterOptions } from "./video/write-video.node.ts";
export type { Bundled } from "./zoo/bundle/bundle.node.ts";
export type { Prepare, ZooModel, ZooOptions, ZooProgress } from "./zoo/context.node.ts";
export { NNModelDescription } from "./zoo/description.node.ts";
export { downloadModelsFromZoo } from "./zoo/hub/download-models.node.ts";
export type { Env, ModelzooOptions } from "./zoo/hub/endpoints.ts";
export { type GetModelOptions, getModelFromZoo } from "./zoo/hub/get-model.node.ts";
export { type HubSourceOptions, hubSource } from "./zoo/hub/hub-source.node.ts";
export type { ProgressFormat } from "./zoo/hub/progress.ts";
export type { Zoo } from "./zoo/open-zoo.node.ts";
export type { Pruned, VerifiedEntry, ZooListing } from "./zoo/upkeep.node.ts";
