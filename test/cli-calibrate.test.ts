import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { DATA, needsData } from "./needs.ts";
import { runCli } from "./run-cli.ts";
import { cutPeople } from "./sample-people.ts";

const withPeople = needsData("pins");

let cwd: string;
const cli = <Document>(...args: string[]) => runCli<Document>([...args, "--json"], { cwd, env: GALLERY });
const GALLERY = { ARCFACE_GALLERY: "staff.db" };

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "cli-calibrate-"));
});
afterAll(() => rm(cwd, { recursive: true }));

/** Photographs first to last of each of these people, in folders called after them. */
async function take(folder: string, people: readonly string[], photos: readonly [number, number]): Promise<void> {
  for (const person of people) {
    await mkdir(join(cwd, folder, person), { recursive: true });
    const files = (await readdir(join(DATA, "pins", person))).sort().slice(...photos);
    for (const file of files) await copyFile(join(DATA, "pins", person, file), join(cwd, folder, person, file));
  }
}

type Calibrated = {
  images: number;
  people: number;
  thresholds: { falseAcceptRate: number; threshold: number; interval: [number, number]; support: string }[];
  probability: { map: { slope: number }; reliability: { error: number } };
  likest: { a: string; b: string; similarity: number }[];
};
type Promised = { visitors: number; threshold: number; support: string; enrolled: number; misses: { value: number } };

withPeople("from strangers' photographs to a promise that identify keeps", async () => {
  const everybody = (await readdir(join(DATA, "pins"))).sort();
  const [staff, strangers, visitors] = [everybody.slice(0, 8), everybody.slice(8, 60), everybody.slice(60)];
  await take("strangers", strangers, [0, 3]);
  await take("staff", staff, [0, 1]);
  await take("door/staff", staff, [1, 3]);
  await take("door/unknown", visitors, [0, 3]);

  const files = ["--out", "mine.yaml", "--cohort", "strangers.safetensors", "--figure", "right.svg"];
  const calibrated = await cli<Calibrated>("calibrate", "strangers", "--far", "1e-1,1e-2,1e-9", ...files);
  expect(calibrated.stderr).not.toContain("error");
  expect(calibrated.code).toBe(0);
  const { thresholds, probability, likest, people } = calibrated.json;
  expect(people).toBe(52);
  // 1e-9 is more than so few pairs can tell.
  expect(thresholds.map(({ falseAcceptRate }) => falseAcceptRate)).toEqual([0.1, 0.01]);
  for (const { threshold, interval } of thresholds) {
    expect(interval[0]).toBeLessThanOrEqual(threshold);
    expect(interval[1]).toBeGreaterThanOrEqual(threshold);
  }
  expect(probability.map.slope).toBeGreaterThan(10);
  expect(probability.reliability.error).toBeLessThan(0.05);
  expect(likest[0]!.similarity).toBeGreaterThanOrEqual(likest[1]!.similarity);
  expect(await readFile(join(cwd, "right.svg"), "utf8")).toMatch(/^<svg[\s\S]*Said: one person/);
  expect((await stat(join(cwd, "strangers.safetensors"))).mode & 0o777).toBe(0o600);

  const card = parse(await readFile(join(cwd, "mine.yaml"), "utf8"));
  expect(card.probability.slope).toBe(probability.map.slope);
  const [photo, other, stranger] = [
    join("staff", staff[0]!),
    join("door/staff", staff[0]!),
    join("door/unknown", visitors[0]!),
  ];
  const first = async (folder: string) => join(folder, (await readdir(join(cwd, folder))).sort()[0]!);
  const verify = async (a: string, b: string, ...more: string[]) =>
    (await cli<{ probability: number; same: boolean }>("verify", await first(a), await first(b), ...more)).json;
  expect((await verify(photo, other, "--card", "mine.yaml")).probability).toBeGreaterThan(0.9);
  expect((await verify(photo, stranger, "--card", "mine.yaml")).probability).toBeLessThan(0.1);
  expect((await verify(photo, other)).probability).toBeGreaterThan(0.9);

  await cli("enrol", "staff");
  const cohort = ["--cohort", "strangers.safetensors"];
  const promised = await cli<{ promises: Promised[] }>("people", "promise", ...cohort);
  const [hundred, thousand, tenThousand] = promised.json.promises as [Promised, Promised, Promised];
  expect([hundred, thousand, tenThousand].map(({ support }) => support)).toEqual(["roughly", "no", "no"]);
  expect(hundred.enrolled).toBe(8);
  expect(hundred.threshold).toBeLessThan(thousand.threshold);

  type Door = { promise: Promised; images: { file: string; faces: { name: string | null; probability: number }[] }[] };
  const door = await cli<Door>("identify", "door/staff", "door/unknown", "--promise", "100", ...cohort);
  expect(door.json.promise).toEqual(hundred);
  const faces = door.json.images.flatMap(({ file, faces }) => faces.map((face) => ({ file, ...face })));
  const named = faces.filter(({ file, name }) => file.includes("staff") && name !== null);
  expect(named.length).toBeGreaterThanOrEqual(12);
  for (const { file, name, probability } of named) {
    expect(file).toContain(name!);
    expect(probability).toBeGreaterThan(0.5);
  }
  expect(faces.filter(({ file, name }) => file.includes("unknown") && name !== null)).toEqual([]);

  const text = await runCli(["people", "promise", "--promise", "10000", ...cohort], { cwd, env: GALLERY });
  expect(text.stdout).toContain("CANNOT SUPPORT: 60 people cannot tell a rate of 1 in 10000");
});

test("what cannot be calibrated or promised is refused in a sentence", async () => {
  const { rose1, vera } = await cutPeople(cwd);
  for (const [name, photo] of Object.entries({ Rose: rose1, Vera: vera })) {
    await mkdir(join(cwd, "few", name), { recursive: true });
    await copyFile(photo, join(cwd, "few", name, "1.jpg"));
  }
  await mkdir(join(cwd, "one"), { recursive: true });
  await cli("calibrate", "few", "--cohort", "few.safetensors");
  await cli("enrol", rose1, "--name", "Rose", "--gallery", "rose.db");
  for (const [args, message] of [
    [["calibrate"], "one folder of people"],
    [["calibrate", "nowhere"], "nowhere"],
    [["calibrate", "one"], "one"],
    [["calibrate", "few", "--far", "2"], "rates between 0 and 1"],
    [["people", "promise", "--gallery", "rose.db"], "--cohort FILE"],
    [["people", "promise", "--gallery", "rose.db", "--cohort", "nowhere.safetensors"], "nowhere.safetensors"],
    [["people", "promise", "--gallery", "rose.db", "--cohort", rose1], "expected"],
    [["people", "promise", "--gallery", "rose.db", "--cohort", "few.safetensors"], "50 strangers or more"],
    [["identify", rose1, "--gallery", "rose.db", "--promise", "100"], "both, got --promise alone"],
    [
      ["identify", rose1, "--gallery", "rose.db", "--promise", "100", "--cohort", "few.safetensors", "--far", "1e-3"],
      "no --threshold or --far",
    ],
  ] as const) {
    const run = await runCli(args, { cwd });
    expect([run.code, run.stdout], args.join(" ")).toEqual([expect.any(Number), ""]);
    expect(run.code, args.join(" ")).toBeGreaterThan(0);
    expect(run.stderr, args.join(" ")).toContain(message);
    expect(run.stderr, args.join(" ")).not.toMatch(/\n {4}at /);
  }
});
