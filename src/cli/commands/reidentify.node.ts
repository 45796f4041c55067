import { type Command, defineCommand } from "../command.ts";
import { fromDepthaiArgs } from "../depthai-args.ts";
import { galleryPath, nodeOptions } from "../open.node.ts";
import { galleryOption, zooOptions } from "../options.ts";

// Networks, video and the live view are loaded when the command runs.
const load = () => import("../reidentify/open.node.ts");

export const reidentify: Command = defineCommand({
  name: "reidentify",
  arguments: "",
  summary: "who is in a video or before a camera: a label for each person, an event for each visit",
  examples: [
    "arcface reidentify -media clip.mp4 --out named.mp4",
    "arcface reidentify --live",
    "arcface reidentify -det luxonis/scrfd-face-detection:10g-640x640 -rec luxonis/arcface:lfw-112x112",
  ],
  rewriteArgs: fromDepthaiArgs,
  options: {
    detModel: {
      type: "string",
      value: "SLUG",
      describe: "the detector; also -det, --det_model (default arcface/faces)",
    },
    recModel: {
      type: "string",
      value: "SLUG",
      describe: "the recogniser; also -rec, --rec_model (default faceplugin/mobilefacenet)",
    },
    cosSimilarityThreshold: {
      type: "number",
      min: 0,
      max: 1,
      describe: "the cosine that makes two faces one person's; also -cos, --cos_similarity_threshold",
    },
    mediaPath: {
      type: "string",
      value: "FILE|URL",
      describe: "a video or a stream in place of the camera; also -media, --media_path",
    },
    fpsLimit: { type: "number", min: 0.1, describe: "frames a second at most; also -fps, --fps_limit" },
    device: { type: "string", value: "ID", describe: "run on the OAK camera of this id, or `any`; also -d" },
    camera: { type: "string", value: "NAME", describe: "which camera: camera:0, /dev/video0 (default the first)" },
    parity: { type: "boolean", describe: "as DepthAI's example does it: no alignment, the newest embedding wins" },
    out: { type: "string", value: "FILE", describe: "write the video with boxes and labels: .mp4, .mkv or .webm" },
    events: { type: "string", value: "FILE", describe: "add each event to a file as a line of JSON; - for stdout" },
    live: { type: "boolean", describe: "show it in the browser, on this machine alone" },
    port: { type: "number", min: 0, max: 65535, integer: true, describe: "of the live view (default 8082)" },
    ...galleryOption,
    forget: { type: "boolean", describe: "keep nobody: by default those who were seen are kept in the gallery" },
    threads: { type: "number", min: 1, integer: true, describe: "threads within one run of a network (default 1)" },
    ...zooOptions,
  },
  async run(_, options, context) {
    const { openAndRun } = await load();
    const gallery = options.forget || options.parity ? null : await galleryPath(options.gallery);
    const result = await openAndRun(options, gallery, context, nodeOptions(context, options));
    return { ...result, gallery };
  },
  format({ source, detector, recognizer, frames, seconds, framesPerSecond, limitedBy, labels, kept, gallery, out }) {
    const people = Object.entries(labels).filter(([label]) => label !== "");
    const busiest = limitedBy
      ? `; the busiest node was ${limitedBy.node}, ${Math.round(100 * limitedBy.busy)} % of the time`
      : "";
    return [
      `${source}: ${frames} frames in ${seconds.toFixed(1)} s, ${framesPerSecond.toFixed(1)} a second${busiest}`,
      `${detector}, ${recognizer}`,
      people.length === 0 ? "nobody" : people.map(([label, count]) => `${label} in ${count} frames`).join(", "),
      ...(kept.length > 0 ? [`kept in ${gallery}: ${kept.join(", ")} (arcface people rename, people remove)`] : []),
      ...(out === null ? [] : [`written: ${out}`]),
    ].join("\n");
  },
});
