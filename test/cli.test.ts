import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { samplePhotos, TEST_CACHE } from "./default-models.ts";
import { runCli } from "./run-cli.ts";
import { cutPeople, type SamplePerson } from "./sample-people.ts";

type Face = { box: number[]; score: number; landmarks: number[][]; embedding: number[] };
type Images = { images: { file: string; width: number; height: number; faces: Face[]; error?: { code: string } }[] };

let home = "";
let photos: string[] = [];
let people: Record<SamplePerson, string>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-cli-"));
  photos = await samplePhotos();
  await mkdir(join(home, "people"));
  people = await cutPeople(join(home, "people"));
  // The networks are there before anybody's time is measured.
  await runCli(["models", "pull"]);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const sizeOf = async (path: string): Promise<number[]> => {
  const { width, height } = await sharp(path).metadata();
  return [width, height];
};

test.concurrent("detect --json is exactly files, sizes, boxes, scores and five landmarks", async () => {
  const { json, code, stderr } = await runCli<Images>(["detect", photos[0]!, people.rose1, "--json"]);
  expect(code).toBe(0);
  expect(stderr).toBe("");
  expect(Object.keys(json)).toEqual(["images"]);
  expect(json.images.map(({ file, faces }) => [file, faces.length])).toEqual([
    [photos[0], 3],
    [people.rose1, 1],
  ]);
  for (const image of json.images) {
    expect(Object.keys(image)).toEqual(["file", "width", "height", "faces"]);
    expect([image.width, image.height]).toEqual(await sizeOf(image.file));
    for (const face of image.faces) {
      expect(Object.keys(face)).toEqual(["box", "score", "landmarks"]);
      const [x0, y0, x1, y1] = face.box as [number, number, number, number];
      expect(x0 >= 0 && x0 < x1 && x1 <= image.width && y0 >= 0 && y0 < y1 && y1 <= image.height).toBe(true);
      expect(face.score).toBeGreaterThan(0.5);
      expect(face.landmarks.map((point) => point.length)).toEqual([2, 2, 2, 2, 2]);
      for (const [x, y] of face.landmarks as [number, number][])
        expect(x > x0 - 20 && x < x1 + 20 && y > y0 - 20 && y < y1 + 20).toBe(true);
    }
  }
});

test.concurrent("detect reads a folder, draws each photo, and takes options", async () => {
  const folder = join(home, "drawn");
  const args = ["detect", join(home, "people"), "--draw", folder, "--json"];
  const { json } = await runCli<Images>(args);
  expect(json.images.map(({ file }) => basename(file))).toEqual([
    "dana.jpg",
    "iris.jpg",
    "rose1.jpg",
    "rose2.jpg",
    "vera.jpg",
  ]);
  expect((await readdir(folder)).sort()).toEqual(json.images.map(({ file }) => `${basename(file, ".jpg")}.faces.jpg`));
  expect(await sizeOf(join(folder, "rose1.faces.jpg"))).toEqual(await sizeOf(people.rose1));
  const few = await runCli<Images>(["detect", photos[0]!, "--json", "--max-faces", "1", "--order", "central"]);
  expect(few.json.images[0]!.faces.length).toBe(1);
  expect(few.json.images[0]!.faces[0]!.box[0]).toBeCloseTo(826, -1); // the woman in the middle
});

test.concurrent("--draw FILE writes one picture of the image's size, and never over the image itself", async () => {
  const out = join(home, "new/folder/out.png");
  expect((await runCli(["detect", people.vera, "--draw", out])).code).toBe(0);
  expect(await sizeOf(out)).toEqual(await sizeOf(people.vera));
  // Something was drawn: the pictures differ in a few of a hundred pixels, as boxes do.
  const [before, after] = await Promise.all([people.vera, out].map((path) => sharp(path).raw().toBuffer()));
  const changed = before!.filter((value, i) => Math.abs(value - after![i]!) > 40).length / before!.length;
  expect(changed).toBeGreaterThan(0.002);
  expect(changed).toBeLessThan(0.2);
  const over = await runCli(["detect", people.vera, "--draw", people.vera]);
  expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("another file than the image itself")]);
});

test.concurrent("one bad file among good ones is told, the others are answered, and the exit code is 1", async () => {
  const bad = join(home, "bad.jpg");
  await writeFile(bad, "no image");
  const { json, code } = await runCli<Images>(["detect", people.rose1, bad, people.rose2, "--json"]);
  expect(code).toBe(1);
  expect(json.images.map(({ faces, error }) => faces?.length ?? error?.code)).toEqual([1, "UNSUPPORTED_FORMAT", 1]);
  const embedded = await runCli<Images>(["embed", bad, people.rose1, "--json"]);
  expect([embedded.code, embedded.json.images[1]!.faces.length]).toEqual([1, 1]);
  const text = await runCli(["detect", bad, people.rose1]);
  expect(text.stdout).toMatch(/bad\.jpg: expected JPEG.*\[UNSUPPORTED_FORMAT\]\n.*rose1\.jpg: 1 face\n/);
});

test.concurrent("embed gives 512 numbers of norm 1; --raw, --flip and --aligned are other numbers", async () => {
  const crop = join(home, "crop.png");
  await sharp(people.rose1).resize(112, 112).png().toFile(crop);
  const embedded = async (...args: string[]): Promise<number[]> => {
    const { json } = await runCli<Images & { model: string }>(["embed", "--json", ...args]);
    expect(json.model).toBe("faceplugin/mobilefacenet");
    return json.images[0]!.faces[0]!.embedding;
  };
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const [plain, raw, flipped, aligned] = await Promise.all([
    embedded(people.rose1),
    embedded(people.rose1, "--raw"),
    embedded(people.rose1, "--flip"),
    embedded(crop, "--aligned"),
  ]);
  for (const one of [plain, flipped, aligned]) {
    expect(one.length).toBe(512);
    expect(dot(one, one)).toBeCloseTo(1, 5);
  }
  expect(Math.sqrt(dot(raw, raw))).toBeGreaterThan(2);
  expect(dot(raw, plain) / Math.sqrt(dot(raw, raw))).toBeCloseTo(1, 5);
  expect(dot(plain, flipped)).toBeGreaterThan(0.8);
  expect(dot(plain, flipped)).toBeLessThan(0.9999);
});

test.concurrent("verify tells one person from two, by the card's threshold and its rate", async () => {
  const [same, different] = await Promise.all([
    runCli<Record<string, unknown>>(["verify", people.rose1, people.rose2, "--json"]),
    runCli<Record<string, unknown>>(["verify", people.rose1, people.vera, "--json"]),
  ]);
  expect(same.json).toMatchObject({
    same: true,
    model: "faceplugin/mobilefacenet",
    faces: [{ file: people.rose1 }, {}],
  });
  expect(different.json).toMatchObject({ same: false });
  for (const { json, code } of [same, different]) {
    expect(code).toBe(0);
    expect((json.similarity as number) >= (json.threshold as number)).toBe(json.same);
    expect(json.falseAcceptRate).toBeGreaterThan(0);
  }
});

test.concurrent("verify's options: --exit-code, --threshold, --far, --draw, and the largest of several faces", async () => {
  const drawn = join(home, "verified");
  const [exit, threshold, far, several] = await Promise.all([
    runCli(["verify", people.rose1, people.vera, "--exit-code"]),
    runCli<Record<string, unknown>>(["verify", people.rose1, people.vera, "--threshold", "-1", "--json"]),
    runCli<Record<string, unknown>>(["verify", people.rose1, people.rose2, "--far", "1e-3", "--json"]),
    runCli(["verify", photos[0]!, people.vera, "--draw", drawn]),
  ]);
  const said = /^different people: probability 0\.\d{3} at even odds, cosine similarity 0\.\d{4}/;
  expect([exit.code, exit.stdout]).toEqual([1, expect.stringMatching(said)]);
  expect(threshold.json).toMatchObject({ same: true, threshold: -1, falseAcceptRate: null });
  expect(far.json).toMatchObject({ same: true, falseAcceptRate: 0.001 });
  expect(several.stdout).toContain("sample1.jpg: the largest of 3 faces");
  expect((await readdir(drawn)).sort()).toEqual(["sample1.faces.jpg", "vera.faces.jpg"]);
});

test.concurrent("from enrolling to forgetting: enrol, identify, people list, show, rename, remove", async () => {
  const gallery = join(home, "staff.db");
  const cli = <T>(...args: string[]) => runCli<T>([...args, "--gallery", gallery, "--json"]);
  type Enrolled = { enrolled: number; refused: number; people: number; files: { name: string; status: string }[] };
  const statuses = ({ files }: Enrolled) => files.map(({ name, status }) => `${name} ${status}`);

  const first = await cli<Enrolled>("enrol", people.rose1, people.iris, "--name", "Rose");
  expect(first.json.files.map(({ status }) => status)).toEqual(["enrolled", "enrolled"]);
  expect(first.json.files[1]).toMatchObject({ unlike: true }); // Iris is not Rose, and it is said

  await cli("people", "remove", "Rose");
  const folders = join(home, "folders");
  for (const [name, file] of [
    ["Rose", people.rose1],
    ["Rose", photos[0]!],
    ["Iris", people.iris],
    ["Mole", people.rose2],
  ] as const) {
    await mkdir(join(folders, name), { recursive: true });
    await copyFile(file, join(folders, name, basename(file)));
  }
  await writeFile(join(folders, "Iris/torn.jpg"), (await readFile(people.iris)).subarray(0, 3000));
  await sharp(people.iris).resize(40).jpeg().toFile(join(folders, "Iris/small.jpg"));
  await sharp(people.iris).blur(12).jpeg().toFile(join(folders, "Iris/blurred.jpg"));
  await sharp({ create: { width: 300, height: 300, channels: 3, background: "#846" } })
    .jpeg()
    .toFile(join(folders, "Iris/wall.jpg"));
  const all = await cli<Enrolled>("enrol", folders);
  expect(all.code).toBe(0);
  expect(statuses(all.json)).toEqual([
    "Iris blurred",
    "Iris enrolled",
    "Iris too-small",
    "Iris unreadable",
    "Iris no-face",
    "Mole enrolled",
    "Rose looks-like",
    "Rose several-faces",
  ]);
  expect([all.json.enrolled, all.json.refused, all.json.people]).toEqual([2, 6, 2]);
  const again = await runCli(["enrol", people.iris, people.vera, "--name", "Vera", "--gallery", gallery]);
  expect(again.stdout).toMatch(/iris\.jpg: already enrolled as Iris \(same bytes\)\n.*vera\.jpg: enrolled as Vera\n/);
  const twins = await cli<Enrolled>("enrol", people.rose1, "--name", "Rose", "--allow-lookalike");
  expect(statuses(twins.json)).toEqual(["Rose enrolled"]);
  const largest = await cli<Enrolled>("enrol", photos[5]!, "--name", "Fourth", "--largest");
  expect(largest.json.files[0]!.status).toMatch(/enrolled|looks-like/);
  await cli("people", "remove", "Rose");
  await cli("people", "remove", "Fourth");

  type Identified = { threshold: number; images: { faces: { name: string | null; candidates: unknown[] }[] }[] };
  const drawn = join(home, "identified.jpg");
  const found = await cli<Identified>("identify", photos[0]!, "--draw", drawn, "--candidates", "2");
  const names = found.json.images[0]!.faces.map(({ name }) => name);
  expect(names.sort()).toEqual(["Mole", null, null]);
  expect(found.json.images[0]!.faces.map(({ candidates }) => candidates.length)).toEqual([2, 2, 2]);
  expect(await sizeOf(drawn)).toEqual(await sizeOf(photos[0]!));

  const listed = await cli<{ people: { name: string; templates: number }[] }>("people", "list");
  expect(listed.json.people.map(({ name, templates }) => [name, templates])).toEqual([
    ["Iris", 1],
    ["Mole", 1],
    ["Vera", 1],
  ]);
  const shown = await cli<{ templates: { source: string }[] }>("people", "show", "Iris");
  expect(shown.json.templates.map(({ source }) => source)).toEqual([join(folders, "Iris/iris.jpg")]);
  expect(shown.stdout).not.toContain('"embedding"');
  expect((await cli("people", "rename", "Mole", "Rose")).json).toEqual({ from: "Mole", to: "Rose" });
  const taken = await cli("people", "rename", "Rose", "Iris");
  expect([taken.code, taken.json]).toEqual([1, { error: expect.objectContaining({ code: "CONFLICT" }) }]);
  for (const name of ["Rose", "Iris", "Vera"])
    expect((await cli("people", "remove", name)).json).toEqual({ removed: name });
  const after = await cli<Identified>("identify", photos[0]!, people.iris);
  expect(after.json.images.flatMap(({ faces }) => faces.map(({ name }) => name))).toEqual([null, null, null, null]);
  const gone = await cli("people", "remove", "Rose");
  expect([gone.code, gone.json]).toEqual([1, { error: expect.objectContaining({ code: "NOT_FOUND" }) }]);
});

test.concurrent("ARCFACE_GALLERY is the gallery where none is named", async () => {
  const env = { ARCFACE_GALLERY: join(home, "by-env/gallery.db") };
  expect((await runCli(["enrol", people.dana, "--name", "Dana"], { env })).code).toBe(0);
  expect((await runCli(["people", "list"], { env })).stdout).toMatch(/^Dana: 1 template, since .*\n1 people/);
});

test.concurrent("models: list, show, path, pull, add, verify, remove, prune in a cache of one's own", async () => {
  const env = { ARCFACE_CACHE: join(home, "cache"), ARCFACE_OFFLINE: "1" };
  const cli = <T>(...args: string[]) => runCli<T>(["models", ...args, "--json"], { env });
  type List = { models: { slug: string; cached: boolean; licence: object }[] };
  const rnet = "mtcnn/rnet";
  const before = await cli<List>("list");
  expect(before.json.models.length).toBeGreaterThan(10);
  expect(before.json.models.some(({ cached }) => cached)).toBe(false);
  expect((await cli("show", rnet)).json).toMatchObject({ slug: rnet, kind: "stage" });
  expect((await runCli(["models", "show", rnet])).stdout).toMatch(/^MTCNN, refinement network \(mtcnn\/rnet\)\n/);

  // The test cache has it as published, beside what runs.
  const { json: where } = await runCli<{ models: { slug: string; path: string }[] }>([
    "models",
    "pull",
    rnet,
    "--json",
  ]);
  const published = join(where.models[0]!.path, "../rnet.tflite");
  expect((await cli("path", rnet)).json).toMatchObject({ error: { code: "NOT_FOUND" } });
  expect((await cli("add", rnet, published)).json).toMatchObject({ slug: rnet });
  expect((await cli<List>("list")).json.models.filter(({ cached }) => cached).map(({ slug }) => slug)).toEqual([rnet]);
  const path = (await runCli(["models", "path", rnet], { env })).stdout.trim();
  expect((await readFile(path)).length).toBeGreaterThan(1000);
  expect((await cli("pull", rnet)).json).toMatchObject({ models: [{ slug: rnet, path }] });
  expect((await cli("verify")).json).toMatchObject({ files: [{ slugs: [rnet], problem: null }] });

  await writeFile(join(env.ARCFACE_CACHE, "models/stray.part-123"), "left by a killed process");
  await writeFile(path, "damaged");
  const damaged = await cli<{ files: { problem: string }[] }>("verify");
  expect([damaged.code, damaged.json.files[0]!.problem]).toEqual([1, expect.stringContaining("other bytes")]);
  expect((await cli("prune")).code).toBe(0);
  expect((await cli("remove", rnet)).json).toEqual({ removed: [rnet] });
  expect((await cli("verify")).json).toEqual({ files: [] });
});

test.concurrent("demo draws who is who in six photographs: 22 faces, two people seen twice", async () => {
  const { stdout, stderr, code } = await runCli(["demo", "--out", join(home, "demo")]);
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/error|bug/i);
  expect(stdout).toContain("22 faces of 20 people in 6 photographs");
  expect(stdout.split("\n").filter((line) => line.startsWith("Person ")).length).toBe(20);
  expect(stdout).toMatch(/Person 1 +enrolled from sample1, found in sample3 as Person 1 \(0\.7\d\)/);
  const [width, height] = await sizeOf(join(home, "demo/faces.png"));
  expect([width, (height ?? 0) > 800]).toEqual([1400, true]);
});

test.concurrent("demo FOLDER does it for one's own photos, and again over an earlier run", async () => {
  const args = ["demo", join(home, "people"), "--out", join(home, "own"), "--json"];
  for (const _ of [1, 2]) {
    const { json } = await runCli<{ faces: number; people: { seen: { file: string }[] }[] }>(args);
    expect(json.faces).toBe(5);
    expect(json.people[0]!.seen.map(({ file }) => basename(file))).toEqual(["rose1.jpg", "rose2.jpg"]);
  }
});

test("the model cache of the tests is what the command line used", async () => {
  const { json } = await runCli<{ paths: Record<string, string> }>(["models", "path", "arcface/faces", "--json"]);
  for (const path of Object.values(json.paths)) expect(path.startsWith(TEST_CACHE)).toBe(true);
});
