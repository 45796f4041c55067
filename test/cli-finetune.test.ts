import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeHost, loadEmbedder } from "arcface-ts/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

const SIZE = 16;
let cwd: string;
const cli = <Document>(...args: string[]) => runCli<Document>(args, { cwd });

const recipe = {
  name: "tiny",
  network: { blocks: [1, 1, 1, 1], widths: [4, 6, 8, 10], features: 8 },
  size: SIZE,
  loss: { kind: "margin", marginList: [1, 0.3, 0], s: 16 },
  batchSize: 32,
  numEpoch: 2,
  lr: 0.1,
  schedule: { kind: "polynomial" },
};

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "cli-finetune-"));
  await writeFile(join(cwd, "tiny.json"), JSON.stringify(recipe));
  await cli(..."train tiny.json --data synthetic --out run --steps 4 --threads 1 --json".split(" "));
  await cli("export", "run", "--out", "tiny.onnx");
  await writePeople(join(cwd, "crops"), 12, 6);
});
afterAll(() => rm(cwd, { recursive: true }));

/** Noise about a colour for each person. */
async function writePeople(folder: string, people: number, each: number): Promise<void> {
  const { codec } = createNodeHost();
  for (let person = 0; person < people; person++) {
    await mkdir(join(folder, `person-${person}`), { recursive: true });
    for (let i = 0; i < each; i++) {
      const data = Uint8Array.from(
        { length: 3 * SIZE * SIZE },
        (_, k) => (91 * person * ((k % 3) + 1) + 13 * i * k) % 256,
      );
      const bytes = await codec.encode({ width: SIZE, height: SIZE, data }, "png");
      await writeFile(join(folder, `person-${person}`, `${i}.png`), bytes);
    }
  }
}

const WHOLE =
  "finetune --model tiny.onnx --data crops --out tuned --layers all --epochs 2 --batch-size 8 --validate 2 --test 3 --threads 1";

test("finetune says what it trains, measures before and after, and leaves a model that works at once", async () => {
  const { stdout, stderr, code } = await cli(...WHOLE.split(" "));
  expect(code).toBe(0);
  expect(stderr).toMatch(/local\/tiny: all \d+ layers learn, \d+ numbers; its \d+ batch-norms keep the means/);
  expect(stdout).toMatch(/people it never saw \(3, 18 crops, every pair\):\n {2}before {2}EER [\d.]+ %/);
  expect(stdout).toContain("Templates of the old network do not compare");
  expect(await readFile(join(cwd, "tuned/tuned.yaml"), "utf8")).toContain("slug: finetuned/tiny");
  await using old = await loadEmbedder({ model: join(cwd, "tiny.onnx"), cacheDir: join(cwd, "cache"), offline: true });
  const model = join(cwd, "tuned/tuned.onnx");
  await using tuned = await loadEmbedder({ model, cacheDir: join(cwd, "cache"), offline: true });
  expect(tuned.fingerprint).not.toBe(old.fingerprint);
  expect((await cli(...WHOLE.split(" "))).stderr).toContain("tuned: expected an empty folder, got a run at step");
  expect((await cli(...WHOLE.split(" "), "--resume")).code).toBe(0);
});

test.each([
  [["finetune"], "finetune: expected --data DIR, got none"],
  [["finetune", "--data", "nowhere"], "nowhere: reading labelled pictures: there is no such file or folder"],
  [["finetune", "--data", "crops", "--layers", "some"], "--layers: expected all or last:N, got some"],
  [["finetune", "--data", "crops", "--lfw", "x"], "finetune: expected --lfw and --aligned together, got one"],
  [["finetune", "--model", "tiny.onnx", "--data", "crops", "--layers", "last:999"], "layers to train: expected 1 to"],
])("%j is told what is wrong", async (args, message) => {
  const { stderr, code } = await cli(...args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(message);
});
