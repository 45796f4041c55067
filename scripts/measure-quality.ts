/**
 * What faceQuality is worth: photographs of known people, made smaller and blurred, by quality: how similar they still
 * are to the person, and how similar strangers' are to one another.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-quality.ts FOLDER      default ARCFACE_DATA/pins
 *
 * FOLDER holds a folder of photographs a person. Of each person, the first four are spoilt, the next twelve say what
 * they look like.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { mapBox } from "../src/geometry/box.ts";
import type { FaceDetection } from "../src/geometry/detection.ts";
import { mapLandmarks } from "../src/geometry/landmarks.ts";
import { createImage } from "../src/image/image.ts";
import { loadRecognizer } from "../src/recognize/compose.node.ts";
import { dot, l2Normalize } from "../src/tensor/vector.ts";
import { faceQuality } from "../src/tracking/quality.ts";

/** Pixels from eyes to mouth, and the deviation of a Gaussian blur in such pixels. */
const SPOILT = [
  ...[30, 20, 14, 10, 8, 6, 4.5].map((size) => ({ size, blur: 0 })),
  ...[0.7, 1.2, 2, 3, 4.5].map((blur) => ({ size: 30, blur })),
];
const EDGES = [0, 0.1, 0.3, 0.5, 0.7, 0.85, 1.01];

type Look = { readonly person: number; readonly quality: number; readonly embedding: Float32Array; genuine: number };

const folder = process.argv[2] ?? join(process.env.ARCFACE_DATA ?? "../shared/data", "pins");
await using recognizer = await loadRecognizer();
const looks: Look[] = [];
for (const [person, name] of readdirSync(folder).sort().entries()) {
  const files = readdirSync(join(folder, name)).sort();
  const known = new Float32Array(recognizer.embedder.size);
  for (const file of files.slice(4, 16)) {
    const face = await largest(join(folder, name, file));
    const [embedded] = face
      ? await recognizer.embedDetections(await recognizer.decode(join(folder, name, file)), [face])
      : [];
    for (const [i, value] of embedded?.embedding.entries() ?? []) known[i]! += value;
  }
  const mean = l2Normalize(known);
  for (const file of files.slice(0, 4)) {
    const path = join(folder, name, file);
    const face = await largest(path);
    if (!face) continue;
    for (const look of await spoil(path, face)) looks.push({ person, ...look, genuine: dot(look.embedding, mean) });
  }
}

console.log("| quality | faces | similarity to the person | two strangers | exceeded by 1 in 100 strangers |");
console.log("|---|--:|--:|--:|--:|");
for (const [i, from] of EDGES.slice(0, -1).entries()) {
  const some = looks.filter(({ quality }) => quality >= from && quality < EDGES[i + 1]!);
  const strangers = some.flatMap((a, k) =>
    some.slice(0, k).flatMap((b) => (a.person === b.person ? [] : dot(a.embedding, b.embedding))),
  );
  const row = [
    quantile(
      some.map(({ genuine }) => genuine),
      0.5,
    ),
    quantile(strangers, 0.5),
    quantile(strangers, 0.99),
  ];
  console.log(
    `| ${from}–${Math.min(1, EDGES[i + 1]!)} | ${some.length} | ${row.map((x) => x.toFixed(2)).join(" | ")} |`,
  );
}
console.log(`\nrank correlation of quality and similarity: ${rankCorrelation(looks).toFixed(2)}`);

async function largest(path: string): Promise<FaceDetection | undefined> {
  const [face] = await recognizer.detect(path, { expectFace: true, maxFaces: 1, order: "largest" });
  return face;
}

async function spoil(path: string, face: FaceDetection): Promise<Pick<Look, "quality" | "embedding">[]> {
  const [a, b, , c, d] = face.landmarks;
  const eyesToMouth = Math.hypot(a[0] + b[0] - c[0] - d[0], a[1] + b[1] - c[1] - d[1]) / 2;
  const image = await recognizer.decode(path);
  const found: Pick<Look, "quality" | "embedding">[] = [];
  for (const { size, blur } of SPOILT) {
    if (size > 1.3 * eyesToMouth) continue;
    const [width, height] = [image.width, image.height].map((side) =>
      Math.max(3, Math.round((side * size) / eyesToMouth)),
    );
    const raw = sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } });
    const smaller = raw.resize(width!, height!, { fit: "fill" });
    const { data } = await (blur > 0 ? smaller.blur(blur) : smaller).raw().toBuffer({ resolveWithObject: true });
    const [sx, sy] = [width! / image.width, height! / image.height];
    const scale = [sx, 0, 0, 0, sy, 0] as const;
    const spoilt = createImage(width!, height!, new Uint8Array(data));
    const moved = { ...face, box: mapBox(scale, face.box), landmarks: mapLandmarks(scale, face.landmarks) };
    const [embedded] = await recognizer.embedDetections(spoilt, [moved]);
    const quality = faceQuality({ ...moved, crop: recognizer.align(spoilt, moved) });
    found.push({ quality, embedding: embedded!.embedding });
  }
  return found;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}

/** Spearman's. */
function rankCorrelation(all: readonly Look[]): number {
  const ranks = (of: (look: Look) => number): number[] => {
    const order = all.map((_, i) => i).sort((i, j) => of(all[i]!) - of(all[j]!));
    const rank: number[] = [];
    for (const [k, i] of order.entries()) rank[i] = k;
    return rank;
  };
  const [x, y] = [ranks(({ quality }) => quality), ranks(({ genuine }) => genuine)];
  const squares = x.reduce((sum, rank, i) => sum + (rank - y[i]!) ** 2, 0);
  return 1 - (6 * squares) / (x.length * (x.length ** 2 - 1));
}
