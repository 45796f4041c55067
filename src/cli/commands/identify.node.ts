import type { Candidate } from "../../gallery/gallery.ts";
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

type Named = FaceDetection & {
  /** `null` is "unknown". */
  readonly name: string | null;
  readonly similarity: number | null;
  readonly candidates: readonly Pick<Candidate, "name" | "similarity">[];
};
type Looked = { readonly file: string; readonly faces: readonly Named[] };

export const identify = defineCommand({
  name: "identify",
  arguments: "<image or folder...>",
  summary: "name every face from a gallery, or say that it is unknown",
  examples: ["arcface identify party.jpg", "arcface identify party.jpg --draw named.jpg --far 1e-5"],
  options: {
    ...galleryOption,
    candidates: { type: "number", min: 1, integer: true, describe: "so many nearest people a face (default 3)" },
    ...modelOptions,
    ...detectorOption,
    ...detectOptions,
    ...decisionOptions,
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
    const rule = chooseRule(recognizer.thresholds, toDecisionOptions(options), recognizer.name);
    await using gallery = await openGalleryOf(await galleryPath(options.gallery), recognizer, { create: false });
    const look = { ...find, ...toDecisionOptions(options), candidates: options.candidates ?? 3 };
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
    return { model: recognizer.name, ...rule, images };
  },
  format({ images, threshold, falseAcceptRate }) {
    const rate = falseAcceptRate === null ? "chosen by you" : `false accepts ${falseAcceptRate} a comparison`;
    return [...images.flatMap(lines), `threshold ${threshold.toFixed(4)} (${rate})`].join("\n");
  },
  exitCode: ({ images }) => exitCodeOf(images),
});

function lines(image: Looked | Unread): string[] {
  if (isUnread(image)) return [sayUnread(image)];
  const { file, faces } = image;
  if (faces.length === 0) return [`${file}: no face`];
  return faces.map(({ box, name, similarity, candidates }) => {
    const where = `${file} at ${box.map((v) => Math.round(v)).join(" ")}`;
    const near = similarity === null ? "nobody is enrolled" : `similarity ${similarity.toFixed(4)}`;
    return `${where}: ${name ?? "unknown"}, ${near}${name === null && candidates[0] ? ` to ${candidates[0].name}` : ""}`;
  });
}
