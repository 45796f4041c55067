import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeHost, readArchiveFile } from "arcface-ts/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

let cwd: string;
const cli = <Document>(...args: string[]) => runCli<Document>(args, { cwd });

type Trained = { steps: number; checkpoint: string; last: { loss: number }; validations: { target: string }[] };

const recipe = {
  name: "tiny",
  network: { blocks: [1, 1, 1, 1], widths: [4, 6, 8, 10], features: 8 },
  size: 16,
  loss: { kind: "margin", marginList: [1, 0.3, 0], s: 16 },
  batchSize: 32,
  numEpoch: 2,
  lr: 0.1,
  schedule: { kind: "polynomial" },
};

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "cli-train-"));
  await writeFile(join(cwd, "tiny.json"), JSON.stringify(recipe));
  const begun = await cli<Trained>(
    ..."train tiny.json --data synthetic --out run --steps 8 --threads 1 --json".split(" "),
  );
  expect(begun.stderr).toBe("");
  expect(begun.json).toMatchObject({ recipe: "tiny", steps: 8, classes: 10, images: 320 });
});
afterAll(() => rm(cwd, { recursive: true }));

test("train goes on with --resume, tells as InsightFace does, and draws the run", async () => {
  const { stderr, stdout, code } = await cli(
    ..."train tiny.json --data synthetic --out run --resume --threads 1".split(" "),
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^Speed [\d.]+ samples\/sec {3}Loss [\d.]+ {3}LearningRate 0\.0\d+ {3}Epoch: 0 {3}Global Step: 10 {3}Required: 0 hours$/m,
  );
  expect(stdout).toContain("tiny: 20 steps on 320 pictures of 10 people in");
  expect(stdout).toMatch(
    /\n\d+ pictures a second; the loader alone makes \d+, steps waited for it \d+ % of the time\n/,
  );
  const names = await readdir(join(cwd, "run"));
  expect(names.sort()).toEqual([
    "checkpoint-000000010.safetensors",
    "checkpoint-000000020.safetensors",
    "curves.svg",
    "log.jsonl",
  ]);
  expect(await readFile(join(cwd, "run/curves.svg"), "utf8")).toContain("images a second");
});

test("a run's folder is not begun anew by mistake", async () => {
  const { stderr, code } = await cli(..."train tiny.json --data synthetic --out run".split(" "));
  expect(code).not.toBe(0);
  expect(stderr).toContain("run: expected an empty folder, got a run at step");
});

test("export makes an ONNX file with a card, weights that export takes again, and an NN archive with the page's contract", async () => {
  for (const out of ["out/model.onnx", "out/weights.safetensors", "out/tiny.tar.xz"])
    expect((await cli("export", "run", "--out", out)).stderr).toBe("");
  expect((await cli("export", "out/weights.safetensors", "--out", "out/again.onnx")).stderr).toBe("");
  expect((await cli("export", "run")).stdout).toContain("tiny.onnx, tiny.yaml");
  const files = ["out/model.onnx", "out/again.onnx", "tiny.onnx"];
  const [model, again, named] = await Promise.all(files.map((file) => readFile(join(cwd, file))));
  expect(again!.equals(model!) && named!.equals(model!)).toBe(true);

  const archive = await readArchiveFile(join(cwd, "out/tiny.tar.xz"));
  const { inputs, outputs } = archive.getConfig().model;
  expect(inputs[0]).toMatchObject({ name: "images", shape: [1, 3, 16, 16] });
  expect(outputs[0]).toMatchObject({ name: "output", shape: [1, 8] });
  const { createSession } = createNodeHost();
  await using ours = await createSession(model!, "model");
  await using theirs = await createSession(archive.model, "archive");
  const pixels = Float32Array.from({ length: 3 * 256 }, (_, i) => (i * 37) % 256);
  const rgb = pixels.map((_, i) => (pixels[(2 - Math.floor(i / 256)) * 256 + (i % 256)]! - 127.5) / 127.5);
  const shape = [1, 3, 16, 16];
  const [a, b] = [
    (await ours.run({ images: { dtype: "float32", shape, data: rgb } })).output!,
    (await theirs.run({ images: { dtype: "float32", shape, data: pixels } })).output!,
  ];
  expect(b.data as Float32Array).toBeCloseToTensor(a.data as Float32Array, { atol: 1e-4, rtol: 1e-4 });
});

test.each([
  [["train"], "train: expected one recipe, got 0"],
  [["train", "tiny.json"], "train: expected --data DIR, got none"],
  [["train", "absent"], "train: expected --data DIR, got none"],
  [["train", "absent", "--data", "x"], "absent: there is no such recipe"],
  [["train", "tiny.json", "--data", "nowhere"], "nowhere: reading labelled pictures: there is no such file or folder"],
  [
    ["train", "tiny.json", "--data", "synthetic", "--val", "nothing.bin"],
    "nothing.bin: reading: there is no such file or folder",
  ],
  [["export"], "export: expected one checkpoint, or a run's folder, got none"],
  [["export", "nowhere", "--out", "a.onnx"], "nowhere: reading: there is no such file or folder"],
  [
    ["export", "run", "--out", "a.txt"],
    "--out: expected a file called .onnx, .safetensors, .tar.xz or .tar.gz, got a.txt",
  ],
])("%j is told what is wrong", async (args, message) => {
  const { stderr, code } = await cli(...args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(message);
});
