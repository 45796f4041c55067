import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildNet } from "../src/nets/registry.ts";
import { encodeModel } from "../src/onnx/model.ts";
import { OPTIMIZE_PASSES } from "../src/onnx/optimize.ts";
import { runCli } from "./run-cli.ts";

type List = {
  models: { slug: string; platforms: string[]; licence: { name: string; commercial: boolean } }[];
};

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-models-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

test("models list says what runs where, and --commercial leaves out what may not be sold", async () => {
  const { json: all } = await runCli<List>(["models", "list", "--json"]);
  expect(all.models.find(({ slug }) => slug === "luxonis/arcface:lfw-112x112")).toMatchObject({
    platforms: ["RVC2", "RVC4", "ONNX"],
    licence: { name: "MIT", commercial: true },
  });
  const { json: commercial } = await runCli<List>(["models", "list", "--commercial", "--json"]);
  const { json: byEnv } = await runCli<List>(["models", "list", "--json"], { env: { ARCFACE_COMMERCIAL: "1" } });
  expect(commercial.models).toEqual(all.models.filter(({ licence }) => licence.commercial));
  expect(byEnv).toEqual(commercial);
  expect(commercial.models.length).toBeLessThan(all.models.length);
});

test("models list fits a line of 110 columns", async () => {
  const { stdout } = await runCli(["models", "list"]);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
});

test("models show is text for people, and with --json the card", async () => {
  const { stdout } = await runCli(["models", "show", "faceplugin/mobilefacenet"]);
  expect(stdout).toMatch(/^MobileFaceNet, 512-d \(faceplugin\/mobilefacenet\)\n/);
  expect(stdout).toContain("\nLicence         MIT\nCommercial use  allowed\n");
  expect(stdout).toMatch(/Training data\n +not stated/);
  expect(stdout).toMatch(/1e-4 +LFW +0\.412/);
  const { json } = await runCli(["models", "show", "faceplugin/mobilefacenet", "--json"]);
  expect(json).toMatchObject({ slug: "faceplugin/mobilefacenet", model: { parameters: 1190336 } });
});

test("models show shows the licences of a detector's stages", async () => {
  const { stdout } = await runCli(["models", "show", "arcface/faces"]);
  expect(stdout).toMatch(/detector +mediapipe\/blazeface:full-range +Apache-2\.0 +514,069/);
});

test("models show reads a card's file", async () => {
  const path = join(home, "mine.yaml");
  const card = ["slug: me/mine", "kind: stage", "title: Mine", "licence: { name: MIT, commercial: true }"];
  const input = "{ name: x, width: 24, height: 24, color: GRAY, mean: [0], scale: [1] }";
  await writeFile(
    path,
    [...card, "model:", "  source: { path: m.onnx }", `  input: ${input}`, "  outputs: {}"].join("\n"),
  );
  expect((await runCli(["models", "show", path])).stdout).toContain(join(home, "m.onnx"));
  expect((await runCli(["models", "show", path, "--json"])).json).toMatchObject({ slug: "me/mine" });
});

test("models show and models page take an NN archive, which brings its card along", async () => {
  const pulled = await runCli<{ models: { slug: string; path: string }[] }>(["models", "pull", "--json"]);
  const slug = "faceplugin/mobilefacenet";
  const prepared = pulled.json.models.find((model) => model.slug === slug)!.path;
  const archive = join(home, "mine.tar.xz");
  const published = join(prepared, "../fr_feature.onnx");
  expect((await runCli(["archive", "create", published, "--card", slug, "--out", archive])).code).toBe(0);
  expect((await runCli(["models", "show", archive])).stdout).toMatch(/^MobileFaceNet, 512-d/);
  const page = join(home, "mine.html");
  expect((await runCli(["models", "page", archive, "--out", page])).code).toBe(0);
  expect(await readFile(page, "utf8")).toContain("arcface verify anna.jpg anna-later.jpg --model mine.tar.xz");
});

test("models show of a network alone says what to ask instead", async () => {
  const { code, stderr } = await runCli(["models", "show", "mine.onnx"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("models info")]);
});

test("models optimize writes a network that answers the same, and a row for each pass", async () => {
  const [plain, fast] = [join(home, "plain.onnx"), join(home, "new", "fast.onnx")];
  await writeFile(plain, encodeModel(buildNet("mbf")));
  type Rows = { files: string[]; rows: { pass: string | null; nodes: number; bytes: number; cosine: number }[] };
  const { code, json } = await runCli<Rows>(["models", "optimize", plain, fast, "--fp16", "--json"]);
  expect(code).toBe(0);
  expect(json.files).toEqual([fast]);
  expect(json.rows.map(({ pass }) => pass)).toEqual([null, ...OPTIMIZE_PASSES, "halfWeights"]);
  const [first, last] = [json.rows[0]!, json.rows.at(-1)!];
  expect(last.bytes).toBeLessThan(0.6 * first.bytes);
  expect(last.cosine).toBeGreaterThan(0.999);
  expect((await readFile(fast)).length).toBe(last.bytes);

  const again = await runCli(["models", "optimize", plain, fast]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("--force")]);
  const { stdout } = await runCli(["models", "optimize", plain, fast, "--force", "--passes", "batchNormsBack"]);
  expect(stdout).toMatch(/\nas it came .*\nbatchNormsBack .*1\.0000000$/m);
});

test.each([
  ["an unknown pass", ["x.onnx", "out.onnx", "--passes", "magic"], "magic"],
  ["a file that is none", ["none.onnx", "out.onnx"], "no such file"],
  ["a name that is no model's", ["x.onnx", "out.bin"], "ends in .onnx"],
  ["one name only", ["x.onnx"], "got 1"],
])("models optimize refuses %s", async (_, args, message) => {
  const { code, stderr } = await runCli(["models", "optimize", ...args], { cwd: home });
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining(message)]);
  expect(code).toBeGreaterThan(0);
});
