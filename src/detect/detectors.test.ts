import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import type { Network, NetworkInput } from "../host/network.ts";
import { createSession } from "../host/session.node.ts";
import type { Image } from "../image/image.ts";
import { rotate90 } from "../image/transform.ts";
import { createDetector } from "./registry.ts";

async function load(file: string): Promise<Image> {
  const { data, info } = await sharp(join(DATA, "photos", file))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

async function network(file: string, input: Partial<NetworkInput>): Promise<Network> {
  const session = await createSession(await readFile(join(DATA, "models", file)), file);
  const name = session.inputs[0]!.name;
  return {
    name: `test/${file}`,
    session,
    outputs: {},
    input: {
      name,
      width: 640,
      height: 640,
      color: "RGB",
      layout: "NCHW",
      mean: [127.5, 127.5, 127.5],
      scale: [128, 128, 128],
      dynamic: false,
      stride: 32,
      ...input,
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

const yunetInput = { color: "BGR", mean: [0, 0, 0], scale: [1, 1, 1] } as const;

const cases = [
  ["det_500m.onnx", "scrfd", { dynamic: true }],
  ["scrfd_500m_bnkps.onnx", "scrfd", {}],
  ["scrfd_2.5g_bnkps.onnx", "scrfd", { dynamic: true }],
  ["face_detection_yunet_2023mar.onnx", "yunet", yunetInput],
  ["yunet_s_dynamic.onnx", "yunet", { ...yunetInput, dynamic: true }],
] as const;

for (const [file, parser, input] of cases) {
  needsData(`models/${file}`, "photos/solvay1927-29.jpg")(
    `${parser} (${file}) finds everyone in three photographs`,
    async () => {
      await using detector = createDetector("test/real", { name: parser }, { detector: await network(file, input) });
      const counts = [];
      for (const photo of ["group-6.jpg", "multiface-6.jpg", "solvay1927-29.jpg"]) {
        counts.push((await detector.detect(await load(photo))).length);
      }
      expect(counts).toEqual([6, 6, 29]);
    },
  );
}

needsData("models/det_500m.onnx", "photos/two_people.jpg")(
  "a turned photograph shows the same faces, upright names and all",
  async () => {
    const networks = { detector: await network("det_500m.onnx", { dynamic: true }) };
    await using detector = createDetector("test/real", { name: "scrfd" }, networks);
    const upright = await load("two_people.jpg");
    const faces = await detector.detect(upright, { order: "largest" });
    const turned = await detector.detect(rotate90(upright, 2), { order: "largest", orientations: true });
    expect(turned).toHaveLength(2);
    for (const [i, face] of turned.entries()) {
      const back = face.landmarks.map(([x, y]) => [upright.width - 1 - x, upright.height - 1 - y]);
      // The picture that is looked at is the very same.
      expect(back).toBeCloseToTensor(faces[i]!.landmarks, { atol: 1e-6 });
    }
  },
);
