/**
 * For labelling clips by hand (test/fixtures/tracks).
 *
 *     npx tsx --conditions=arcface-source scripts/label-tracks.ts propose CLIP OUT.json [DETECTOR CARD]
 *     npx tsx --conditions=arcface-source scripts/label-tracks.ts draw CLIP BOXES.json OUT_DIR [EVERY]
 *
 * `propose` links a detector's boxes into numbered tracks, as `boxes` of the fixtures' form; a person looks at them, and
 * joins, cuts and strikes out numbers. `draw` writes each EVERY-th frame with its boxes and numbers, of a proposal or of
 * a fixture, for looking at.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createNodeHost } from "../src/host/host.node.ts";
import { drawFaces } from "../src/host/rasterize.node.ts";
import { loadDetector } from "../src/recognize/compose.node.ts";
import { createCutDetector } from "../src/tracking/scene-cut.ts";
import { createTracker } from "../src/tracking/tracker.ts";
import { openVideo } from "../src/video/open-video.node.ts";

/** Low: a face too many is struck out faster than one too few is drawn. */
const LEAST_SCORE = 0.25;

type Boxes = { readonly boxes: readonly (readonly number[])[]; readonly ignore?: readonly (readonly number[])[] };

const [command, clip, file, ...rest] = process.argv.slice(2);
if (clip === undefined || file === undefined) throw new Error("name a clip and a file of boxes");
if (command === "propose") await propose(clip, file, rest[0], rest[1]);
else if (command === "draw") await draw(clip, file, rest[0] ?? ".", Number(rest[1] ?? 5));
else throw new Error(`propose or draw, not ${command}`);

async function propose(video: string, out: string, model?: string, card?: string): Promise<void> {
  await using detector = await loadDetector({ ...(model && { model }), ...(card && { card }) });
  await using stream = await openVideo(video);
  const tracker = createTracker({ highScore: LEAST_SCORE, lowScore: LEAST_SCORE, confirmHits: 1 });
  const { isCut } = createCutDetector();
  const boxes: string[] = [];
  let frame = 0;
  for await (const { image, timestampMs } of stream) {
    const faces = await detector.detect(image, { scoreThreshold: LEAST_SCORE });
    for (const { id, box, observation } of tracker.update(faces, timestampMs, { cut: isCut(image) })) {
      if (observation !== null) boxes.push(JSON.stringify([frame, id, ...box.map((x) => Math.round(10 * x) / 10)]));
    }
    frame++;
  }
  writeFileSync(out, `{ "boxes": [\n${boxes.join(",\n")}\n] }\n`);
}

async function draw(video: string, labels: string, folder: string, every: number): Promise<void> {
  const { boxes, ignore = [] } = JSON.parse(readFileSync(labels, "utf8")) as Boxes;
  const { codec } = createNodeHost();
  mkdirSync(folder, { recursive: true });
  await using stream = await openVideo(video);
  let frame = -1;
  for await (const { image } of stream) {
    frame++;
    if (frame % every !== 0) continue;
    const here = [
      ...boxes.filter(([f]) => f === frame).map(([, person, ...box]) => ({ box, label: `${person}` })),
      ...ignore.filter(([f]) => f === frame).map(([, ...box]) => ({ box, label: "ignore" })),
    ];
    const marks = here.map(({ box: [x0, y0, x1, y1], label }) => ({ box: [x0!, y0!, x1!, y1!] as const, label }));
    const name = join(folder, `${String(frame).padStart(4, "0")}.jpg`);
    writeFileSync(name, await codec.encode(await drawFaces(image, marks), "jpeg"));
  }
}
