import { ArcfaceError } from "../../errors.ts";
import type { Candidate } from "../../gallery/gallery.ts";
import { openGallery } from "../../gallery/open-gallery.node.ts";
import type { Box } from "../../geometry/types.ts";
import { loadRecognizer } from "../../recognize/compose.node.ts";
import { chooseRule } from "../../recognize/decision.ts";
import { defineCommand } from "../command.ts";
import { drawTarget, writeDrawing } from "../draw.node.ts";
import { expandImages } from "../images.node.ts";
import { decodeOptions, galleryPath, nodeOptions } from "../open.node.ts";
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
import { ABOUT_ONE_FILE } from "./detect.node.ts";

type Named = {
  readonly box: Box;
  readonly score: number;
  /** `null` is "unknown". */
  readonly name: string | null;
  readonly similarity: number | null;
  readonly candidates: readonly Pick<Candidate, "name" | "similarity">[];
};
type Looked = {
  readonly file: string;
  readonly faces?: readonly Named[];
  readonly error?: { readonly code: string; readonly message: string };
};

export const identify = defineCommand({
  name: "identify",
  arguments: "<image or folder...>",
  summary: "name every face from a gallery, or say that it is unknown",
  examples: ["arcface identify party.jpg", "arcface identify party.jpg --draw named.jpg --far 1e-5"],
  options: {
    ...galleryOption,
    candidates: { type: "number", describe: "so many nearest people a face (default 3)" },
    ...modelOptions,
    ...detectorOption,
    ...detectOptions,
    ...decisionOptions,
    ...drawOption,
  },
  async run(paths, options, context) {
    const files = await expandImages("identify", paths);
    const target = await drawTarget(options.draw, files.length);
    const find = { ...decodeOptions(options), ...toDetectOptions(options), signal: context.signal };
    await using recognizer = await loadRecognizer({
      ...nodeOptions(context, options),
      ...toNetworks(options),
    });
    const rule = chooseRule(recognizer.thresholds, toDecisionOptions(options), recognizer.name);
    await using gallery = await openGallery(await galleryPath(options.gallery), recognizer.fingerprint, {
      create: false,
    });
    const images: Looked[] = [];
    for (const [done, file] of files.entries()) {
      if (files.length > 1) context.progress.update("identify", done, files.length);
      try {
        const image = await recognizer.decode(file, find);
        const faces: (Named & {
          readonly landmarks: Awaited<ReturnType<typeof recognizer.embed>>[number]["landmarks"];
        })[] = [];
        for (const { box, score, landmarks, embedding } of await recognizer.embed(image, find)) {
          const found = await gallery.identify(embedding, {
            threshold: rule.threshold,
            limit: options.candidates ?? 3,
          });
          const candidates = found.candidates.map(({ name, similarity }) => ({ name, similarity }));
          faces.push({ box, score, landmarks, name: found.name, similarity: found.similarity, candidates });
        }
        images.push({ file, faces });
        if (target)
          await writeDrawing(
            target,
            file,
            image,
            faces.map((face) => ({ ...face, label: face.name ?? "unknown" })),
          );
      } catch (error) {
        if (!(error instanceof ArcfaceError) || files.length === 1 || !ABOUT_ONE_FILE.has(error.code)) throw error;
        images.push({ file, error: { code: error.code, message: error.message } });
      }
    }
    return { model: recognizer.name, ...rule, images };
  },
  format({ images, threshold, falseAcceptRate }) {
    const rate = falseAcceptRate === null ? "chosen by you" : `false accepts ${falseAcceptRate} a comparison`;
    return [...images.flatMap(lines), `threshold ${threshold.toFixed(4)} (${rate})`].join("\n");
  },
  exitCode: ({ images }) => (images.some(({ error }) => error) ? 1 : 0),
});

function lines({ file, faces = [], error }: Looked): string[] {
  if (error) return [`${file}: ${error.message} [${error.code}]`];
  if (faces.length === 0) return [`${file}: no face`];
  return faces.map(({ box, name, similarity, candidates }) => {
    const where = `${file} at ${box.map((v) => Math.round(v)).join(" ")}`;
    const near = similarity === null ? "nobody is enrolled" : `similarity ${similarity.toFixed(4)}`;
    return `${where}: ${name ?? "unknown"}, ${near}${name === null && candidates[0] ? ` to ${candidates[0].name}` : ""}`;
  });
}
