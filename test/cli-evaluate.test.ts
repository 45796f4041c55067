import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TEST_CACHE } from "./default-models.ts";
import { type CliRun, runCli } from "./run-cli.ts";
import { cutPeople } from "./sample-people.ts";

const KEYS = ["accuracy", "std", "threshold", "tarAtFar", "missed", "images", "pairs", "seconds", "eer", "fromCache"];
type Report = Record<string, number> & {
  tarAtFar: Record<string, number | null>;
  report?: string;
  comparison?: object;
};

let home = "";
let lfw = "";
let crops = "";
let cfp = "";
let cache = "";

/**
 * Data sets of LFW's and CFP's form: 4 people of 2 photos each. Rose's two are two photos, the others' second is the
 * first, changed. The fold without Rose picks the strictest threshold that its near copies
 * pass, at which half of Rose's fold is wrong; hers picks one that the other's passes: 0.5 and 1 are 0.75 ± 0.25.
 */
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-evaluate-"));
  lfw = join(home, "lfw");
  crops = join(home, "crops");
  cfp = join(home, "cfp");
  const people = await cutPeople(home);
  const photos = { Rose: [people.rose1, people.rose2], Vera: [people.vera], Iris: [people.iris], Dana: [people.dana] };
  for (const [index, [name, [first, second]]] of Object.entries(photos).entries()) {
    const one = await sharp(first).resize(250, 250, { fit: "fill" }).jpeg().toBuffer();
    const two = await sharp(second ?? first)
      .resize(250, 250, { fit: "fill" })
      .modulate({ brightness: 1.15 })
      .jpeg({ quality: 80 })
      .toBuffer();
    for (const [i, bytes] of [one, two].entries()) {
      await mkdir(join(lfw, name), { recursive: true });
      await writeFile(join(lfw, name, `${name}_000${i + 1}.jpg`), bytes);
      await mkdir(join(crops, name), { recursive: true });
      const crop = sharp(bytes).extract({ left: 60, top: 60, width: 130, height: 130 }).resize(112, 112);
      await crop.jpeg().toFile(join(crops, name, `${name}_000${i + 1}.jpg`));
      const kind = join(cfp, "Data/Images", `00${index + 1}`, i === 0 ? "frontal" : "profile");
      await mkdir(kind, { recursive: true });
      await writeFile(join(kind, "01.jpg"), bytes);
    }
  }
  const pairs = [
    ["Rose 1 2", "Vera 1 2", "Rose 1 Vera 1", "Rose 2 Iris 1"],
    ["Iris 1 2", "Dana 1 2", "Iris 2 Dana 1", "Dana 2 Vera 2"],
  ];
  await writeFile(join(lfw, "pairs.txt"), ["2 2", ...pairs.flat()].join("\n").replaceAll(" ", "\t"));

  await mkdir(join(cfp, "Protocol"));
  const list = (kind: string) => [1, 2, 3, 4].map((i) => `${i} ../Data/Images/00${i}/${kind}/01.jpg`).join("\n");
  await writeFile(join(cfp, "Protocol/Pair_list_F.txt"), list("frontal"));
  await writeFile(join(cfp, "Protocol/Pair_list_P.txt"), list("profile"));
  for (const [split, same, diff] of [
    ["01", "1,1\n2,2", "1,2\n2,3"],
    ["02", "3,3\n4,4", "3,4\n4,1"],
  ] as const) {
    const folder = join(cfp, "Protocol/Split/FP", split);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "same.txt"), same);
    await writeFile(join(folder, "diff.txt"), diff);
  }
  // Networks from the shared cache, embeddings in one of our own.
  cache = join(home, "cache");
  await runCli(["models", "pull"]);
  const { json } = await runCli<{ models: { path: string }[] }>(["models", "pull", "--json"]);
  for (const { path } of json.models) {
    const entry = join(path, "..");
    const to = entry.replace(TEST_CACHE, cache);
    await mkdir(to, { recursive: true });
    const { published, prepared } = JSON.parse(await readFile(join(entry, "entry.json"), "utf8"));
    for (const file of new Set(["entry.json", published.file, prepared.file]))
      await copyFile(join(entry, file), join(to, file));
  }
});
afterAll(() => rm(home, { recursive: true, force: true }));

const evaluate = (...args: string[]): Promise<CliRun<Report>> =>
  runCli(["evaluate", ...args, "--json"], { env: { ARCFACE_CACHE: cache } });

test("evaluate lfw: the report's keys, a ROC, and the second run from the first one's embeddings", async () => {
  const roc = join(home, "out/roc.svg");
  const { json, code } = await evaluate("lfw", "--data", lfw, "--roc", roc);
  expect(code).toBe(0);
  expect(Object.keys(json)).toEqual(["protocol", "model", "detector", ...KEYS, "figures", "published"]);
  expect(Object.keys(json.tarAtFar)).toEqual(["1e-1", "1e-2", "1e-3", "1e-4", "1e-5", "1e-6"]);
  // Eight pairs are too few for the figure to mean anything: what it must be is tested in metrics/.
  expect(json).toMatchObject({ missed: 0, images: 8, pairs: 8, fromCache: 0 });
  expect(json.accuracy).toBeGreaterThanOrEqual(0.5);
  expect(await readFile(roc, "utf8")).toMatch(/^<svg.*faceplugin\/mobilefacenet, arcface\/faces/s);
  expect((await evaluate("lfw", "--data", lfw)).json).toMatchObject({ accuracy: json.accuracy, fromCache: 8 });
  // What was embedded with its mirror image is known without it, too.
  expect((await evaluate("lfw", "--data", lfw, "--without-flip")).json).toMatchObject({ fromCache: 8 });
  expect((await evaluate("lfw", "--data", lfw, "--fresh")).json).toMatchObject({ fromCache: 0 });
});

test("evaluate lfw --aligned embeds the crops alone, and speaks like the other", async () => {
  const { json } = await evaluate("lfw", "--data", lfw, "--aligned", crops);
  expect(Object.keys(json)).toEqual(["protocol", "model", "detector", ...KEYS, "figures", "published"]);
  expect(json).toMatchObject({ detector: null, images: 8, pairs: 8, missed: 0 });
  const swapped = await evaluate("lfw", "--data", lfw, "--aligned", lfw);
  expect([swapped.code, swapped.json]).toEqual([2, { error: expect.objectContaining({ code: "INVALID_ARGUMENT" }) }]);
});

test("evaluate cfp over the splits that are there", async () => {
  const { json } = await evaluate("cfp", "--data", cfp, "--protocol", "FP");
  expect(Object.keys(json)).toEqual(["protocol", "model", "detector", ...KEYS, "figures", "published"]);
  expect(json).toMatchObject({ protocol: "CFP-FP", images: 8, pairs: 8 });
  const text = await runCli(["evaluate", "cfp", "--data", cfp], { env: { ARCFACE_CACHE: cache } });
  expect(text.stdout).toMatch(
    /^CFP-FP, faceplugin.*\naccuracy +\d+\.\d\d ± \d+\.\d\d % .* at cosine 0\.\d{4}\nEER .*\ntoo few to tell: TAR@FAR/,
  );
  // Without a terminal: a line at the start of something, and one at its end.
  expect(text.stderr).toMatch(/^CFP-FP: 1 of 8\n(CFP-FP: \d of 8\n)*CFP-FP: 8 of 8\n$/);
});

test("evaluate cfp-ff is cfp --protocol FF; a set that is not there, and options of another protocol, are said", async () => {
  const named = await evaluate("cfp-ff", "--data", cfp);
  expect([named.code, named.json]).toEqual([1, { error: expect.objectContaining({ code: "NOT_FOUND" }) }]);
  expect((await evaluate("cfp", "--protocol", "FF", "--data", cfp)).json).toEqual(named.json);
  const foreign = await evaluate("lfw", "--data", lfw, "--sample", "3");
  expect(foreign.json).toEqual({
    error: expect.objectContaining({
      message: "LFW: expected only options of its own (allowMissing, aligned), got sample",
    }),
  });
  const unknown = await evaluate("lwf", "--data", lfw);
  expect(unknown.json).toEqual({
    error: expect.objectContaining({ message: expect.stringContaining("agedb-30, calfw") }),
  });
});

test("evaluate people: every two pictures of one's own, whose embeddings LFW's run has made", async () => {
  const { json } = await evaluate("people", "--data", lfw);
  expect(json).toMatchObject({ protocol: "people in folders", pairs: 28, images: 8, fromCache: 8, accuracy: null });
});

test("evaluate --out, --compare and --gate: a report, the same network beside itself, and results held against earlier ones", async () => {
  const out = join(home, "report");
  const { json, code } = await evaluate("lfw", "--data", lfw, "--out", out, "--compare", "faceplugin/mobilefacenet");
  expect([code, json.report]).toEqual([0, join(out, "index.html")]);
  expect(json.comparison).toMatchObject({ mcnemar: { onlyFirstRight: 0, onlySecondRight: 0, p: 1 } });
  const page = await readFile(join(out, "index.html"), "utf8");
  expect(page.match(/src="data:image\/jpeg/g)).toHaveLength(16);
  expect(page).toContain(`--data ${lfw} --out ${out}`);

  const earlier = join(out, "results.json");
  const results = JSON.parse(await readFile(earlier, "utf8"));
  results.figures[0].interval = [0, 1];
  await writeFile(earlier, JSON.stringify(results));
  const kept = await runCli(["evaluate", "lfw", "--data", lfw, "--gate", earlier], { env: { ARCFACE_CACHE: cache } });
  expect([kept.code, kept.stdout]).toEqual([
    0,
    expect.stringContaining("gate           passed: faceplugin/mobilefacenet"),
  ]);
  results.figures[0] = { ...results.figures[0], value: 1.2, interval: [1.1, 1.3] };
  await writeFile(earlier, JSON.stringify(results));
  const fallen = await runCli(["evaluate", "lfw", "--data", lfw, "--gate", earlier], { env: { ARCFACE_CACHE: cache } });
  expect([fallen.code, fallen.stdout]).toEqual([1, expect.stringMatching(/✗ accuracy fell from 120\.00 % to /)]);

  const other = await evaluate("cfp", "--data", cfp, "--gate", earlier);
  expect(other.json).toEqual({
    error: expect.objectContaining({ message: `--gate ${earlier}: expected results of cfp-fp, got lfw` }),
  });
  const none = await evaluate("lfw", "--data", lfw, "--gate", join(out, "none.json"));
  expect([none.code, none.json]).toEqual([1, { error: expect.objectContaining({ code: "NOT_FOUND" }) }]);
});

test("Ctrl-C ends an evaluation with 130 and a word, and the next run goes on from there", async () => {
  const args = ["evaluate", "lfw", "--data", lfw, "--concurrency", "1"];
  const env = { ARCFACE_CACHE: cache };
  await rm(join(cache, "embeddings"), { recursive: true, force: true });
  const cut = await runCli([...args, "--json"], {
    env,
    started: (child) => void interruptOnceEmbedding(child.pid!, join(cache, "embeddings")),
  });
  expect(cut.code).toBe(130);
  expect(cut.json).toEqual({ error: expect.objectContaining({ code: "CANCELLED", message: "LFW: interrupted" }) });
  expect(cut.stderr).toContain("the same command goes on from there");
  const { json } = await runCli<Report>([...args, "--json"], { env });
  const whole = await evaluate("lfw", "--data", lfw, "--fresh");
  expect(json).toMatchObject({ accuracy: whole.json.accuracy, images: 8 });
  expect(json.fromCache).toBeGreaterThan(0);
  expect(json.fromCache).toBeLessThan(8);
});

/** As Ctrl-C does, once the first embedding is on disk: a header of 48 bytes, then 44 + 4·512 each. */
async function interruptOnceEmbedding(pid: number, folder: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const [file] = await readdir(folder).catch(() => []);
    if (file && (await stat(join(folder, file))).size > 48 + 2000) break;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  process.kill(pid, "SIGINT");
}
