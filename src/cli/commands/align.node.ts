import type { FolderAlignment } from "../../crops/align-folder.node.ts";
import { expected } from "../../errors.ts";
import { defineCommand } from "../command.ts";
import { nodeOptions } from "../open.node.ts";
import { detectorOption, findOptions, given, zooOptions } from "../options.ts";

const modules = () =>
  Promise.all([import("../../recognize/compose.node.ts"), import("../../crops/align-folder.node.ts")]);

export const align = defineCommand({
  name: "align",
  arguments: "<folder, .rec or list> <destination>",
  summary: "cut 112×112 faces out of a folder's photographs, as training wants them",
  examples: [
    "arcface align photos/ crops/                # photos/Anna/1.png becomes crops/Anna/1.jpg",
    "arcface align photos/ crops/ --face only    # only where one face is seen",
    "arcface align train.rec crops/ --format records",
    "arcface align lfw/peopleDevTrain.txt crops/ # those that a list names: LFW's, or MXNet's .lst",
  ],
  options: {
    face: {
      type: "string",
      choices: ["center", "largest", "only"],
      describe:
        "whose face it is where several are seen: the nearest to the centre, the largest, or none (default center)",
    },
    minSize: { type: "number", value: "PX", min: 0, describe: "pass over faces smaller than this (default 0)" },
    minScore: {
      type: "number",
      min: 0,
      max: 1,
      describe: "pass over faces scored lower (default: the detector's own)",
    },
    expectFace: { type: "boolean", describe: "every photograph shows a face: where none is sure, take the likeliest" },
    format: {
      type: "string",
      choices: ["jpeg", "png", "records"],
      describe: "what crops are written as: files, or RecordIO, train.rec (default jpeg)",
    },
    quality: { type: "number", min: 1, max: 100, integer: true, describe: "of a JPEG (default 95)" },
    effort: findOptions.effort,
    orientations: findOptions.orientations,
    maxPixels: findOptions.maxPixels,
    ...detectorOption,
    ...zooOptions,
  },
  async run(paths, options, context) {
    const [source, destination] = paths;
    if (source === undefined || destination === undefined || paths.length > 2)
      throw expected(
        "align",
        "a folder of photographs and a destination",
        paths.length === 0 ? "none" : paths.join(" "),
      );
    const { detector: model, detectorCard: card, commercial, source: sources, ...how } = options;
    const [{ loadDetectorInThreads }, { alignFolder }] = await modules();
    await using detector = await loadDetectorInThreads({
      ...nodeOptions(context, given({ commercial, source: sources })),
      ...given({ model, card }),
    });
    const began = performance.now();
    const aligned = await alignFolder(detector, source, destination, {
      ...given(how),
      signal: context.signal,
      onProgress: ({ done, total }) => context.progress.update("align", done, total),
    });
    return { source, destination, ...aligned, seconds: Math.round(performance.now() - began) / 1000 };
  },
  format: ({ source, destination, images, kept, dropped, before, report, seconds }) =>
    [
      `${source}: ${images} files, ${kept} faces in ${destination}`,
      ...Object.entries(dropped).map(([reason, count]) => `  ${count} left out: ${SAID[reason as Reason]}`),
      `${images - before} looked at in ${seconds.toFixed(1)} s${before > 0 ? `, ${before} before` : ""}; ${report} tells of each`,
    ].join("\n"),
  // Scripts should notice where nothing that was asked for could be done.
  exitCode: ({ kept }) => (kept === 0 ? 1 : 0),
});

type Reason = keyof FolderAlignment["dropped"];

const SAID: Readonly<Record<Reason, string>> = {
  "no-face": "no face found",
  "several-faces": "several faces",
  "too-small": "the face is too small",
  "not-an-image": "not an image",
  damaged: "a damaged image",
  "too-large": "more pixels than --max-pixels",
  unreadable: "it could not be read",
};
