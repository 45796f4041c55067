/** Other networks in int8: cosines on real faces, sizes, and what a detector finds. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createNodeHost } from "../../src/host/host.node.ts";
import type { Image } from "../../src/image/image.ts";
import { imagesToTensor } from "../../src/image/to-tensor.ts";
import { buildNet } from "../../src/nets/registry.ts";
import { decodeModel, encodeModel } from "../../src/onnx/model.ts";
import type { Feed } from "../../src/quantize/calibrate.ts";
import { facesOn } from "../../src/quantize/detector-feeds.node.ts";
import { faceAgreement } from "../../src/quantize/face-agreement.ts";
import { outputSimilarity } from "../../src/quantize/output-error.ts";
import { quantizeDetector } from "../../src/quantize/quantize-detector.node.ts";
import { quantizeRecognizer } from "../../src/quantize/quantize-recognizer.node.ts";
import { answersOf } from "../../src/quantize/sensitivity.ts";
import type { CardOf } from "../../src/zoo/cards/card.ts";
import { loadLocalCard } from "../../src/zoo/cards/local-card.node.ts";
import { netCard } from "../../src/zoo/cards/net-card.ts";
import { picturesIn, spread } from "./pictures.ts";

const host = createNodeHost();
const CARDS = join(import.meta.dirname, "../../test/cards");

export async function measureNetworks(data: string, out: string): Promise<void> {
  mkdirSync(out, { recursive: true });
  await detector(join(data, "models/det_500m.onnx"), join(CARDS, "det_500m.yaml"));
  const calibration = spread(picturesIn(join(data, "pins")), 80);
  const crops = await Promise.all(spread(picturesIn(join(data, "lfw_aligned112")), 60).map(picture));
  const foamliu = (await loadLocalCard(join(CARDS, "mobilefacenet_foamliu.yaml"))) as CardOf<"recognizer">;
  await recogniser("foamliu", foamliu, readFileSync(join(data, "models/mobilefacenet_foamliu.onnx")));
  for (const net of ["iresnet18", "iresnet100"] as const)
    await recogniser(
      net,
      netCard(net) as CardOf<"recognizer">,
      encodeModel(buildNet(net)),
      net === "iresnet100" ? 24 : 80,
    );

  async function recogniser(name: string, card: CardOf<"recognizer">, bytes: Uint8Array, most = 80): Promise<void> {
    const files = [join(out, `${name}.onnx`), join(out, `${name}-int8.onnx`)] as const;
    if (!existsSync(files[1])) {
      const made = await quantizeRecognizer(card, bytes, { pictures: spread(calibration, most) });
      writeFileSync(files[0], bytes);
      writeFileSync(files[1], made.model);
    }
    const int8 = readFileSync(files[1]);
    const { input } = card.model;
    const feeds = spread(crops, name === "iresnet100" ? 20 : 60).map(
      (crop): Feed => ({ [input.name]: imagesToTensor([crop], input) }),
    );
    const run = (file: Uint8Array) => answersOf(host.createSession, decodeModel(file, name), feeds, { name });
    const { mean, least } = outputSimilarity(await run(bytes), await run(int8));
    const megabytes = [bytes, int8].map(({ length }) => (length / 1e6).toFixed(2));
    console.log(`| ${name} | ${megabytes.join(" → ")} | ${mean.toFixed(4)} | ${least.toFixed(4)} |`);
  }

  /** Calibrated on photographs of others than it is measured on. */
  async function detector(path: string, cardFile: string): Promise<void> {
    const card = (await loadLocalCard(cardFile)) as CardOf<"detector">;
    const bytes = readFileSync(path);
    const photographs = ["cfp_100", "lfw"].flatMap((folder) => spread(picturesIn(join(data, folder)), 40));
    const made = await quantizeDetector(card, bytes, { pictures: photographs });
    writeFileSync(join(out, basename(path).replace(".onnx", "-int8.onnx")), made.model);
    const images = await Promise.all(picturesIn(join(data, "photos")).map(picture));
    const { before, after, same, iou } = faceAgreement(
      await facesOn(host, card, bytes, images),
      await facesOn(host, card, made.model, images),
    );
    console.log(
      `| ${card.slug} | ${(bytes.length / 1e6).toFixed(2)} → ${(made.model.length / 1e6).toFixed(2)} | faces ${before} → ${after}, ${same} the same, IoU ${iou.toFixed(3)} |`,
    );
  }
}

async function picture(path: string): Promise<Image> {
  return host.codec.decode(await host.read(path), path);
}
