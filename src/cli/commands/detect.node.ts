import { ArcfaceError } from "../../errors.ts";
import type { FaceDetection } from "../../geometry/detection.ts";
import { createNodeHost } from "../../host/host.node.ts";
import { loadDetector } from "../../recognize/compose.node.ts";
import { defineCommand } from "../command.ts";
import { drawTarget, writeDrawing } from "../draw.node.ts";
import { expandImages } from "../images.node.ts";
import { decodeOptions, nodeOptions } from "../open.node.ts";
import { detectOptions, drawOption, given, modelOptions, toDetectOptions } from "../options.ts";

type Detected = {
  readonly file: string;
  readonly width?: number;
  readonly height?: number;
  readonly faces?: readonly FaceDetection[];
  /** Why this file was left out; the others were looked at. */
  readonly error?: { readonly code: string; readonly message: string };
};

export const detect = defineCommand({
  name: "detect",
  arguments: "<image or folder...>",
  summary: "find faces: boxes, scores and five landmarks",
  examples: ["arcface detect photo.jpg", "arcface detect album/ --json", "arcface detect photo.jpg --draw out.jpg"],
  options: { ...modelOptions, ...detectOptions, ...drawOption },
  async run(paths, options, context) {
    const files = await expandImages("detect", paths);
    const target = await drawTarget(options.draw, files.length);
    const detectorOptions = toDetectOptions(options);
    const { codec, read } = createNodeHost();
    await using detector = await loadDetector({
      ...nodeOptions(context, options),
      ...given({ model: options.model, card: options.card }),
    });
    const images: Detected[] = [];
    for (const [done, file] of files.entries()) {
      if (files.length > 1) context.progress.update("detect", done, files.length);
      try {
        const image = await codec.decode(await read(file), file, decodeOptions(options));
        const faces = await detector.detect(image, { ...detectorOptions, signal: context.signal });
        images.push({ file, width: image.width, height: image.height, faces });
        if (target)
          await writeDrawing(
            target,
            file,
            image,
            faces.map((face) => ({ ...face, label: face.score.toFixed(2) })),
          );
      } catch (error) {
        // One bad file of many is told beside the others; a wrong call, or one bad file alone, is the answer.
        if (!(error instanceof ArcfaceError) || files.length === 1 || !ABOUT_ONE_FILE.has(error.code)) throw error;
        images.push({ file, error: { code: error.code, message: error.message } });
      }
    }
    return { images };
  },
  format: ({ images }) => images.map(line).join("\n"),
  exitCode: ({ images }) => (images.some(({ error }) => error) ? 1 : 0),
});

/** Errors that are a file's own. */
export const ABOUT_ONE_FILE: ReadonlySet<string> = new Set([
  "UNSUPPORTED_FORMAT",
  "TOO_LARGE",
  "NOT_FOUND",
  "MISSING_TOOL",
  "NO_FACE",
]);

function line({ file, faces = [], error }: Detected): string {
  if (error) return `${file}: ${error.message} [${error.code}]`;
  const boxes = faces.map(
    ({ box, score }) => `  ${box.map((v) => Math.round(v)).join(" ")}  score ${score.toFixed(2)}`,
  );
  return [`${file}: ${faces.length === 1 ? "1 face" : `${faces.length} faces`}`, ...boxes].join("\n");
}
