import type { FaceDetection } from "../../geometry/detection.ts";
import { createNodeHost } from "../../host/host.node.ts";
import { defineCommand } from "../command.ts";
import { drawTarget, writeDrawing } from "../draw.node.ts";
import { eachImage, exitCodeOf, expandImages, isUnread, sayUnread, type Unread } from "../images.node.ts";
import { decodeOptions, loadDetector, nodeOptions } from "../open.node.ts";
import { detectOptions, drawOption, given, modelOptions, toDetectOptions } from "../options.ts";

type Detected = {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly FaceDetection[];
};

export const detect = defineCommand({
  name: "detect",
  arguments: "<image or folder...>",
  summary: "find faces: boxes, scores and five landmarks",
  examples: ["arcface detect photo.jpg", "arcface detect album/ --json", "arcface detect photo.jpg --draw out.jpg"],
  options: { ...modelOptions, ...detectOptions, ...drawOption },
  async run(paths, options, context) {
    const files = await expandImages("detect", paths);
    const target = await drawTarget(options.draw, files);
    const { codec, read } = createNodeHost();
    await using detector = await loadDetector({
      ...nodeOptions(context, options),
      ...given({ model: options.model, card: options.card }),
    });
    const find = { ...toDetectOptions(options), signal: context.signal };
    const images = await eachImage(files, "detect", context, async (file): Promise<Detected> => {
      const image = await codec.decode(await read(file), file, decodeOptions(options));
      // Only what the document promises: a detector may know more of a face.
      const faces = (await detector.detect(image, find)).map(({ box, score, landmarks }) => ({
        box,
        score,
        landmarks,
      }));
      const marks = faces.map((face) => ({ ...face, label: face.score.toFixed(2) }));
      if (target) await writeDrawing(target, file, image, marks);
      return { file, width: image.width, height: image.height, faces };
    });
    return { images };
  },
  format: ({ images }) => images.map(line).join("\n"),
  exitCode: ({ images }) => exitCodeOf(images),
});

function line(image: Detected | Unread): string {
  if (isUnread(image)) return sayUnread(image);
  const { file, faces } = image;
  const boxes = faces.map(
    ({ box, score }) => `  ${box.map((v) => Math.round(v)).join(" ")}  score ${score.toFixed(2)}`,
  );
  return [`${file}: ${faces.length === 1 ? "1 face" : `${faces.length} faces`}`, ...boxes].join("\n");
}
