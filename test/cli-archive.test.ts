import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { samplePhotos } from "./default-models.ts";
import { needsTool } from "./needs.ts";
import { runCli } from "./run-cli.ts";

const SLUG = "faceplugin/mobilefacenet";

type Embedded = { model: string; images: { faces: { embedding: number[] }[] }[] };
type Failed = { error: { code: string; message: string } };

let home = "";
let onnx = "";
let photo = "";
let plain: number[][];

const cli = async <T = unknown>(...args: string[]): Promise<T> => {
  const { code, json, stderr } = await runCli<T>([...args, "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  return json;
};
const embed = async (...args: string[]): Promise<number[][]> => {
  const { images } = await cli<Embedded>("embed", photo, ...args);
  return images[0]!.faces.map(({ embedding }) => embedding);
};
const fails = async (...args: string[]): Promise<Failed["error"]> => {
  const { code, json } = await runCli<Failed>([...args, "--json"]);
  expect(code).not.toBe(0);
  return json.error;
};
const create = (name: string, ...more: string[]): Promise<unknown> =>
  cli("archive", "create", onnx, "--card", SLUG, "--out", join(home, name), ...more);
const at = (...parts: string[]): string => join(home, ...parts);
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-archive-"));
  await runCli(["models", "pull"]);
  // The file as it was published lies beside the one that runs.
  const { paths } = await cli<{ paths: Record<string, string> }>("models", "path", SLUG);
  onnx = join(dirname(paths[SLUG]!), "fr_feature.onnx");
  [photo] = (await samplePhotos()) as [string];
  plain = await embed();
  await create("source.tar.xz");
  await create("export.tar.gz", "--form", "export");
});
afterAll(() => rm(home, { recursive: true, force: true }));

test("what is extracted is the file, byte by byte, and an equal card", async () => {
  const { files } = await cli<{ files: string[] }>("archive", "extract", at("source.tar.xz"), "--out", at("out"));
  expect(files.sort()).toEqual(["card.yaml", "config.json", "fr_feature.onnx"].map((name) => at("out", name)));
  expect((await readdir(home)).filter((name) => name.startsWith("."))).toEqual([]);
  expect((await readFile(at("out/fr_feature.onnx"))).equals(await readFile(onnx))).toBe(true);
  const card = await cli("models", "show", SLUG);
  expect(parse(await readFile(at("out/card.yaml"), "utf8"))).toEqual(card);
});

needsTool("xz")("tar lists what is in it, and finds the same bytes", async () => {
  const list = execFileSync("tar", ["tf", at("source.tar.xz")], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(list.sort()).toEqual(["card.yaml", "config.json", "fr_feature.onnx"]);
  const bytes = execFileSync("tar", ["xOf", at("source.tar.xz"), "fr_feature.onnx"], { maxBuffer: 1 << 26 });
  expect(bytes.equals(await readFile(onnx))).toBe(true);
});

test("show prints inputs, outputs and heads", async () => {
  const { stdout, code } = await runCli(["archive", "show", at("source.tar.xz")]);
  expect(code).toBe(0);
  expect(stdout).toContain(
    "input input: float32 [1, 3, 112, 112] NCHW image\n  mean: 127, 127, 127\n  scale: 128, 128, 128\n  dai_type: BGR888p",
  );
  expect(stdout).toContain("output output: float32 [1, 512] NF\nhead EmbeddingsParser(output) {}");
});

test("validate finds nothing wrong, and each thing that is", async () => {
  for (const name of ["source.tar.xz", "export.tar.gz"]) {
    expect(await cli("archive", "validate", at(name))).toMatchObject({ problems: [], notes: [] });
  }
  await cli("archive", "extract", at("source.tar.xz"), "--out", at("spoilt"));
  const config = JSON.parse(await readFile(at("spoilt/config.json"), "utf8"));
  config.model.inputs[0].name = "images";
  config.model.outputs[0].dtype = "float16";
  config.model.heads[0].outputs = ["embedding"];
  await writeFile(at("spoilt/config.json"), JSON.stringify(config));
  const { code, json } = await runCli<{ problems: string[] }>([
    "archive",
    "validate",
    at("spoilt/config.json"),
    "--json",
  ]);
  expect(code).toBe(1);
  expect(json.problems.join("\n")).toMatch(
    /no input images.*\n.*an input input.*\n.*output output: .*float16.*\n.*heads\[0\].*embedding/,
  );
  await writeFile(at("spoilt/config.json"), '{"config_version": "1.0"}');
  expect((await runCli(["archive", "validate", at("spoilt/config.json")])).code).toBe(1);
});

describe("embeddings of a photograph", () => {
  test("through the archive are those of the card", async () => {
    expect(plain.length).toBeGreaterThan(0);
    expect(await embed("--model", at("source.tar.xz"))).toEqual(plain);
  });

  test("are the same in the export form, but for rounding", async () => {
    const got = await embed("--model", at("export.tar.gz"));
    expect(got.length).toBe(plain.length);
    for (const [i, embedding] of got.entries()) {
      expect(dot(embedding, plain[i]!)).toBeGreaterThan(1 - 1e-6);
      // (x − 127) / 128 is exact in float32: what differs is how many crops run at once.
      expect(embedding).toBeCloseToTensor(plain[i]!, { atol: 2e-6 });
    }
  });

  test("are others where config.json swaps red and blue; a card beside it notices", async () => {
    await cli("archive", "extract", at("export.tar.gz"), "--out", at("swapped"));
    const config = JSON.parse(await readFile(at("swapped/config.json"), "utf8"));
    config.model.inputs[0].preprocessing.dai_type = "RGB888p";
    await writeFile(at("swapped/config.json"), JSON.stringify(config));
    const { code, message } = await fails("embed", photo, "--model", at("swapped/config.json"));
    expect(code).toBe("MODEL_MISMATCH");
    expect(message).toContain('model.input.color: card.yaml says "BGR", config.json "RGB"');
    await rm(at("swapped/card.yaml"));
    const swapped = await embed("--model", at("swapped/config.json"));
    expect(swapped.length).toBe(plain.length);
    for (const [i, embedding] of swapped.entries()) expect(dot(embedding, plain[i]!)).toBeLessThan(0.999);
  });

  test("are the same after unbake, and where a card says what config.json got wrong", async () => {
    await cli("archive", "unbake", at("export.tar.gz"), at("unbaked.tar.gz"));
    await cli("archive", "extract", at("unbaked.tar.gz"), "--out", at("unbaked"));
    const { model } = JSON.parse(await readFile(at("unbaked/config.json"), "utf8"));
    expect(model.inputs[0].preprocessing).toEqual({
      mean: [127, 127, 127],
      scale: [128, 128, 128],
      dai_type: "BGR888p",
    });
    const got = await embed("--model", at("unbaked.tar.gz"));
    for (const [i, embedding] of got.entries()) expect(dot(embedding, plain[i]!)).toBeGreaterThan(1 - 1e-6);
    expect(await embed("--model", at("source.tar.xz"), "--card", SLUG)).toEqual(plain);
  });

  test("are 512 numbers of a net with random weights", async () => {
    const [first] = await embed("--model", "mbf");
    expect(first!.length).toBe(512);
    expect(dot(first!, first!)).toBeCloseTo(1, 5);
  });
});

test("a net of ours goes into an archive by its name", async () => {
  await cli("archive", "create", "mbf", "--out", at("mbf.tar"));
  await cli("archive", "validate", at("mbf.tar"));
});

test("nothing is written over without --force, and nothing is left half-written", async () => {
  await create("twice.tar.gz", "--compression", "gz");
  await expect(create("twice.tar.gz")).rejects.toThrow();
  expect((await fails("archive", "create", onnx, "--card", SLUG, "--out", at("twice.tar.gz"))).code).toBe("CONFLICT");
  await create("twice.tar.gz", "--force");
  await mkdir(at("busy"));
  await writeFile(at("busy/card.yaml"), "mine");
  expect((await fails("archive", "extract", at("twice.tar.gz"), "--out", at("busy"))).code).toBe("CONFLICT");
  expect(await readdir(at("busy"))).toEqual(["card.yaml"]);
  expect(await readFile(at("busy/card.yaml"), "utf8")).toBe("mine");
  await cli("archive", "extract", at("twice.tar.gz"), "--out", at("busy"), "--force");
  expect((await readdir(at("busy"))).sort()).toEqual(["card.yaml", "config.json", "fr_feature.onnx"]);
  const cut = (await readFile(at("source.tar.xz"))).subarray(0, 1e6);
  await writeFile(at("cut.tar.xz"), cut);
  expect((await fails("archive", "extract", at("cut.tar.xz"), "--out", at("nothing"))).code).toBe("UNSUPPORTED_FORMAT");
  expect((await readdir(home)).filter((name) => name.startsWith("nothing") || name.startsWith("."))).toEqual([]);
});

test.each([
  [["create", "x.onnx", "--out", "x.tar.xz"], "--card, which says how the network is fed"],
  [["create", "x.onnx", "--card", SLUG], "--out, the archive's name"],
  [["create", "x.onnx", "--card", SLUG, "--out", "x.zip"], "a path that ends with .tar.xz"],
  [["create", "/nowhere/x.onnx", "--card", SLUG, "--out", "/tmp/x.tar.xz"], "there is no such file"],
  [["show"], "one NN archive, got 0"],
  [["bake", "x.tar.xz"], "an NN archive and the name of the new one, got 1"],
  [["extract", "x.tar.xz"], "--out, a folder"],
])("archive %j says what is wrong", async (args, message) => {
  expect((await fails("archive", ...args)).message).toContain(message);
});
