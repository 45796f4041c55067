import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { DetectOptions, FaceDetector } from "../src/detect/face-detector.ts";
import type { FaceDetection } from "../src/geometry/detection.ts";
import { createNodeHost } from "../src/host/host.node.ts";
import type { Image } from "../src/image/image.ts";
import { loadDetector, type ModelChoice } from "../src/recognize/compose.node.ts";
import { TEST_ZOO } from "./default-models.ts";
import { DATA, needsData } from "./needs.ts";

const SCRFD = { model: join(DATA, "models/det_500m.onnx"), card: "insightface/scrfd:500m" };
const YUNET = { model: join(DATA, "models/face_detection_yunet_2023mar.onnx"), card: "opencv/yunet:2023mar" };

const open: FaceDetector[] = [];
let faces: FaceDetector;

beforeAll(async () => {
  faces = await detectorOf({});
});

afterAll(() => Promise.all(open.map((detector) => detector[Symbol.asyncDispose]())));

async function detectorOf(choice: ModelChoice): Promise<FaceDetector> {
  const detector = await loadDetector({ ...TEST_ZOO, ...choice });
  open.push(detector);
  return detector;
}

const host = createNodeHost();
const read = async (name: string): Promise<Image> =>
  host.codec.decode(await host.read(join(DATA, "photos", name)), name);

/** Faces of a photograph, each checked to be one: landmarks in the box's neighbourhood, and no two faces the same. */
async function find(detector: FaceDetector, name: string, options?: DetectOptions): Promise<FaceDetection[]> {
  const found = await detector.detect(await read(name), options);
  for (const { box, landmarks } of found) {
    const [x0, y0, x1, y1] = box;
    const [w, h] = [x1 - x0, y1 - y0];
    for (const [x, y] of landmarks) {
      expect(x).toBeGreaterThan(x0 - 0.2 * w);
      expect(x).toBeLessThan(x1 + 0.2 * w);
      expect(y).toBeGreaterThan(y0 - 0.2 * h);
      expect(y).toBeLessThan(y1 + 0.2 * h);
    }
    for (const other of found) if (other.box !== box) expect(overlap(box, other.box)).toBeLessThan(0.5);
  }
  return found;
}

/** Intersection over union. */
function overlap(a: FaceDetection["box"], b: FaceDetection["box"]): number {
  const w = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const h = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = (box: FaceDetection["box"]) => (box[2] - box[0]) * (box[3] - box[1]);
  return (w * h) / (area(a) + area(b) - w * h);
}

/** Every face is one of those that another detector found too. */
function expectFoundBy(found: readonly FaceDetection[], others: readonly FaceDetection[]): void {
  for (const { box } of found)
    expect(Math.max(...others.map((other) => overlap(box, other.box)))).toBeGreaterThan(0.25);
}

const COUNTS = {
  "group-6.jpg": 6,
  "multiface-6.jpg": 6,
  "two_people.jpg": 2,
  "left_face.jpeg": 1,
  "obama-240p.jpg": 1,
};

for (const [name, count] of Object.entries(COUNTS)) {
  needsData(`photos/${name}`)(`the default detector finds all ${count} of ${name}, and no more`, async () => {
    expect(await find(faces, name)).toHaveLength(count);
  });
}

const crowd = "solvay1927-29.jpg";

needsData(`photos/${crowd}`)("the default detector finds 28 of the 29 small faces of a large group", async () => {
  const found = await find(faces, crowd);
  expect(found.length).toBeGreaterThanOrEqual(28);
  expect(found.length).toBeLessThanOrEqual(29);
});

needsData(`photos/${crowd}`)("without the second look at proposals, small faces are missed", async () => {
  expect((await find(faces, crowd, { effort: "fast" })).length).toBeLessThan(10);
});

needsData(
  `photos/${crowd}`,
  "photos/group-6.jpg",
  "photos/multiface-6.jpg",
  "models/det_500m.onnx",
)(
  "SCRFD-500M, as a file with a shipped card, finds 29, 6 and 6; the default detector's faces are among them",
  async () => {
    const scrfd = await detectorOf(SCRFD);
    for (const [name, count] of [
      [crowd, 29],
      ["group-6.jpg", 6],
      ["multiface-6.jpg", 6],
    ] as const) {
      const found = await find(scrfd, name);
      expect(found).toHaveLength(count);
      expectFoundBy(await find(faces, name), found);
    }
  },
);

needsData(
  `photos/${crowd}`,
  "photos/group-6.jpg",
  "photos/multiface-6.jpg",
  "models/face_detection_yunet_2023mar.onnx",
)("YuNet, as a file with a shipped card, finds 29, 6 and 6", async () => {
  const yunet = await detectorOf(YUNET);
  expect(await find(yunet, crowd)).toHaveLength(29);
  expect(await find(yunet, "group-6.jpg")).toHaveLength(6);
  expect(await find(yunet, "multiface-6.jpg")).toHaveLength(6);
});

for (const model of ["mtcnn/mtcnn", "faceplugin/ultraface", "mediapipe/blazeface:full-range"]) {
  needsData("photos/group-6.jpg", "photos/multiface-6.jpg")(
    `${model} finds 6 and 6 in groups near enough`,
    async () => {
      const detector = await detectorOf({ model });
      for (const name of ["group-6.jpg", "multiface-6.jpg"]) {
        const found = await find(detector, name);
        expect(found).toHaveLength(6);
        expectFoundBy(found, await find(faces, name));
      }
    },
  );
}

for (const name of ["r90.jpg", "r180.jpg"]) {
  needsData(`photos/${name}`)(`the face of ${name} is found where orientations are tried, and is turned`, async () => {
    const found = await find(faces, name, { orientations: true });
    expect(found).toHaveLength(1);
    const [leftEye, rightEye, , mouthLeft, mouthRight] = found[0]!.landmarks;
    const down = [
      mouthLeft[0] + mouthRight[0] - leftEye[0] - rightEye[0],
      mouthLeft[1] + mouthRight[1] - leftEye[1] - rightEye[1],
    ] as const;
    const [along, across] = name === "r180.jpg" ? [-down[1], down[0]] : [Math.abs(down[0]), down[1]];
    expect(along).toBeGreaterThan(2 * Math.abs(across));
  });
}

needsData("photos/r180.jpg")("upside down, a face is not found where orientations are not tried", async () => {
  expect(await find(faces, "r180.jpg")).toEqual([]);
});
