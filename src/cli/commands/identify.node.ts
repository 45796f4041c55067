import { expected } from "../../errors.ts";
import type { Candidate } from "../../gallery/loaded-gallery.ts";
import type { FaceDetection } from "../../geometry/detection.ts";
import { chooseRule } from "../../recognize/decision.ts";
import { identify as identifyFaces } from "../../recognize/identify.ts";
import { defineCommand } from "../command.ts";
import { drawTarget, writeDrawing } from "../draw.node.ts";
import { eachImage, exitCodeOf, expandImages, isUnread, sayUnread, type Unread } from "../images.node.ts";
import { decodeOptions, galleryPath, loadRecognizer, nodeOptions, openGalleryOf } from "../open.node.ts";
import {
  decisionOptions,
  detectOptions,
  detectorOption,
  drawOption,
  galleryOption,
  modelOptions,
  toDecisionOptions,
  toDetectOptions,
  toNetworks,
} from "../options.ts";
import { openPromise, promiseOptions, sayPromise } from "../promise.node.ts";

type Named = FaceDetection & {
  /** `null` is "unknown". */
  readonly name: string | null;
  readonly similarity: number | null;
  readonly candidates: readonly Pick<Candidate, "name" | "similarity">[];
  /** See IdentifiedFace. */
  readonly probability: number | null;
};
type Looked = { readonly file: string; readonly faces: readonly Named[] };

export const identify = defineCommand({
  name: "identify",
  arguments: "<image or folder...>",
  summary: "name every face from a gallery, or say that it is unknown",
  examples: [
    "arcface identify party.jpg",
    "arcface identify party.jpg --draw named.jpg --far 1e-5",
    "arcface identify party.jpg --promise 1000 --cohort strangers.safetensors",
  ],
  options: {
    ...galleryOption,
    candidates: { type: "number", min: 1, integer: true, describe: "so many nearest people a face (default 3)" },
    ...modelOptions,
    ...detectorOption,
    ...detectOptions,
    ...decisionOptions,
    ...promiseOptions,
    ...drawOption,
  },
  async run(paths, options, context) {
    const files = await expandImages("identify", paths);
    const target = await drawTarget(options.draw, files);
    const find = { ...decodeOptions(options), ...toDetectOptions(options), signal: context.signal };
    await using recognizer = await loadRecognizer({
      ...nodeOptions(context, options),
      ...toNetworks(options),
    });
    const decision = toDecisionOptions(options);
    if (options.promise !== undefined && Object.keys(decision).length > 0)
      throw expected("--promise", "no --threshold or --far beside it", "both");
    await using gallery = await openGalleryOf(await galleryPath(options.gallery), recognizer, { create: false });
    const promise = await openPromise(gallery, options);
    const kept = promise && (await promise.keeper.promise(promise));
    if (kept?.support === "no") context.note(sayPromise(kept));
    const rule = kept
      ? { threshold: kept.threshold, falseAcceptRate: null, measuredOn: null }
      : chooseRule(recognizer.thresholds, decision, recognizer.name);
    const look = { ...find, ...decision, ...(promise && { promise }), candidates: options.candidates ?? 3 };
    const images = await eachImage(files, "identify", context, async (file): Promise<Looked> => {
      const image = await recognizer.decode(file, find);
      const found = await identifyFaces(recognizer, gallery, image, look);
      const faces = found.faces.map(({ embedding: _, candidates, ...face }) => ({
        ...face,
        candidates: candidates.map(({ name, similarity }) => ({ name, similarity })),
      }));
      const marks = faces.map((face) => ({ ...face, label: face.name ?? "unknown" }));
      if (target) await writeDrawing(target, file, image, marks);
      return { file, faces };
    });
    return { model: recognizer.name, ...rule, promise: kept, images };
  },
  format({ images, threshold, falseAcceptRate, promise }) {
    if (promise) return [...images.flatMap(lines), sayPromise(promise)].join("\n");
    const rate = falseAcceptRate === null ? "chosen by you" : `false accepts ${falseAcceptRate} a comparison`;
    return [...images.flatMap(lines), `threshold ${threshold.toFixed(4)} (${rate})`].join("\n");
  },
  exitCode: ({ images }) => exitCodeOf(images),
});

function lines(image: Looked | Unread): string[] {
  if (isUnread(image)) return [sayUnread(image)];
  const { file, faces } = image;
  if (faces.length === 0) return [`${file}: no face`];
  return faces.map(({ box, name, similarity, candidates, probability }) => {
    const where = `${file} at ${box.map((v) => Math.round(v)).join(" ")}`;
    const sure = probability === null ? "" : `, probability ${probability.toFixed(3)}`;
    const near = similarity === null ? "nobody is enrolled" : `similarity ${similarity.toFixed(4)}${sure}`;
    return `${where}: ${name ?? "unknown"}, ${near}${name === null && candidates[0] ? ` to ${candidates[0].name}` : ""}`;
  });
}
