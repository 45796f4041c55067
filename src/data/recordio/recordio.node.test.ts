import { spawnSync } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needsCommand } from "../../../test/needs.ts";
import { ArcfaceError } from "../../errors.ts";
import { openLabelledImages } from "../open-labelled-images.node.ts";
import { bytesOf } from "../random-bytes.ts";
import { encodeRecord, MAGIC, readRecord } from "./framing.ts";
import { encodeImageRecord } from "./image-record.ts";
import { openRecordWriter } from "./write-records.node.ts";

// scripts/golden/recordio.py: written by Python from the format's description
const golden = (name: string): string => join(import.meta.dirname, "golden", name);
const SCRIPT = join(import.meta.dirname, "../../../scripts/golden/recordio.py");
const withPython = needsCommand("/usr/bin/python3 --version", "/usr/bin/python3");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "records-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function labelsOf(path: string): Promise<number[]> {
  await using images = await openLabelledImages(path);
  const read = await Promise.all(Array.from({ length: images.count }, (_, i) => images.read(i)));
  const alone = await Promise.all(read.map((_, i) => images.label(i)));
  expect(read.map(({ label }) => label)).toEqual(alone);
  expect(read.every(({ bytes }) => bytes[0] === 0x89 && bytes.length > 60)).toBe(true);
  return alone;
}

test("a file with a header record gives its pictures, not its identities", async () => {
  expect(await labelsOf(golden("identities.rec"))).toEqual([0, 0, 0, 1, 2, 2]);
  await using images = await openLabelledImages(golden("identities.rec"));
  expect(images.classes).toBe(3);
  expect(images.name(3)).toMatch(/identities\.rec: record 4 at byte \d+$/);
});

test.each([
  ["plain.rec", [2, 0, 1, 1]],
  ["arrays.rec", [1, 0, 1]],
] as const)("%s, without a header record, gives every record; of several labels the first", async (name, labels) => {
  expect(await labelsOf(golden(name))).toEqual(labels);
});

test("without its index a file is walked, to the same pictures", async () => {
  for (const [name, labels] of [
    ["identities", [0, 0, 0, 1, 2, 2]],
    ["plain", [2, 0, 1, 1]],
  ] as const) {
    await copyFile(golden(`${name}.rec`), join(folder, `${name}.rec`));
    expect(await labelsOf(join(folder, `${name}.rec`))).toEqual(labels);
  }
});

test("records that hold the magic are put together again", async () => {
  await using images = await openLabelledImages(golden("split.rec"));
  const magic = [0x0a, 0x23, 0xd7, 0xce];
  const text = (letters: string): number[] => [...new TextEncoder().encode(letters)];
  const read = await Promise.all([0, 1, 2, 3].map(async (i) => [...(await images.read(i)).bytes]));
  expect(read).toEqual([
    [...magic, ...text("abcd")],
    [...text("abcd"), ...magic, ...magic, ...text("xy")],
    [...text("abcd"), ...magic],
    [...text("ab"), ...magic, ...text("c")],
  ]);
});

test("any payload survives, wherever the magic lies in it", async () => {
  const words = (...list: number[]): Uint8Array => new Uint8Array(Uint32Array.from(list).buffer);
  const payloads = [
    new Uint8Array(),
    words(MAGIC),
    words(MAGIC, MAGIC, MAGIC),
    words(1, MAGIC, 2, MAGIC),
    Uint8Array.of(1, ...words(MAGIC), 2),
    new Uint8Array(40_001).fill(7),
  ];
  for (const payload of payloads) {
    const file = Uint8Array.from([...encodeRecord(words(5)), ...encodeRecord(payload), ...encodeRecord(words(6))]);
    expect(await readRecord(bytesOf(file, "file"), 12)).toEqual(payload);
  }
});

/** Of each file the second record is bad. */
test.each([
  ["cut.rec", "record at byte 300: expected 292 bytes, as it says, got 282 before the file ends"],
  ["magic.rec", "record at byte 300: expected magic ced7230a at byte 300, got 03020100"],
  ["huge.rec", "record at byte 300: expected 536870911 bytes, as it says, got 292 before the file ends"],
  ["middle.rec", "record at byte 300: expected the start of a record, got a later part of one"],
  ["unfinished.rec", "record at byte 300: expected its next part, got the start of another record at byte 316"],
  ["short.rec", "record at byte 300: expected 24 bytes of a header, got 10"],
  ["label-nan.rec", "record at byte 300: expected a label that is a whole number from 0 to 16777215, got NaN"],
  ["label-negative.rec", "a whole number from 0 to 16777215, got -1"],
  ["label-large.rec", "a whole number from 0 to 16777215, got 16777216"],
  ["label-half.rec", "a whole number from 0 to 16777215, got 0.5"],
])("%s says where and what, or is counted", async (name, sentence) => {
  await expect(openLabelledImages(golden(name))).rejects.toThrow(sentence);
  const bad: string[] = [];
  await using images = await openLabelledImages(golden(name), { onBad: ({ message }) => bad.push(message) });
  expect(bad).toHaveLength(1);
  expect(bad[0]).toContain(sentence);
  expect(await images.label(0)).toBe(0);
  // A record whose frame is whole keeps its number, and is refused when it is read.
  if (images.count > 1 && name !== "unfinished.rec") await expect(images.read(1)).rejects.toThrow(ArcfaceError);
});

test.each([
  ["0\t0\n1\t99999\n", "plain.idx:2: expected an offset below the file's 1200 bytes, got 99999"],
  ["0\t0\n1\t302\n", "plain.idx:2: expected an offset that is a multiple of 4, got 302"],
  ["0\t0\n1\n", "plain.idx:2: expected a key and an offset"],
  ["0\t0\n-1\t300\n", "plain.idx:2: expected a key and an offset"],
  ["0\t0\n99999999999\t300\n", "plain.idx:2: expected a key up to 4294967295"],
  ["0\t0\n0\t300\n", "expected each key once, got 0 twice"],
])("an index of %j is refused, or its bad line left out", async (text, sentence) => {
  const here = await mkdtemp(join(folder, "index-"));
  await copyFile(golden("plain.rec"), join(here, "plain.rec"));
  await writeFile(join(here, "plain.idx"), text);
  await expect(openLabelledImages(join(here, "plain.rec"))).rejects.toThrow(sentence);
  const bad: string[] = [];
  await using images = await openLabelledImages(join(here, "plain.rec"), {
    onBad: ({ message }) => bad.push(message),
  });
  expect([images.count, bad.length, await images.label(0)]).toEqual([1, 1, 2]);
});

test("an index in any order, with gaps, is in the order of its keys", async () => {
  const here = await mkdtemp(join(folder, "order-"));
  await copyFile(golden("plain.rec"), join(here, "plain.rec"));
  for (const keys of [
    [3, 2, 1, 7],
    [900_000, 5, 70_000, 4_000_000_000],
  ]) {
    const lines = keys.map((key, k) => `${key}\t${300 * k}\r\n`);
    await writeFile(join(here, "plain.idx"), lines.join(""));
    const sorted = [0, 1, 2, 3].sort((a, b) => keys[a]! - keys[b]!);
    expect(await labelsOf(join(here, "plain.rec"))).toEqual(sorted.map((k) => [2, 0, 1, 1][k]));
  }
});

test("an index that is cut does not pass for a smaller set", async () => {
  const here = await mkdtemp(join(folder, "header-"));
  await copyFile(golden("identities.rec"), join(here, "train.rec"));
  await writeFile(join(here, "train.idx"), "1\t0\n2\t300\n0\t1920\n");
  await expect(openLabelledImages(here)).rejects.toThrow("expected 6 pictures, as it says, got 2 in the index");
});

test("the property file says how many classes there are", async () => {
  const here = await mkdtemp(join(folder, "property-"));
  await copyFile(golden("plain.rec"), join(here, "train.rec"));
  await writeFile(join(here, "property"), "93431,112,112\n");
  await using images = await openLabelledImages(here);
  expect([images.classes, images.knownLabel(0), await images.label(0)]).toEqual([93431, null, 2]);
  await writeFile(join(here, "property"), "none\n");
  await expect(openLabelledImages(here)).rejects.toThrow("property:1: expected classes,height,width");
});

const pictures = [
  { label: 0, name: "a/1.jpg", bytes: Uint8Array.of(1, 2, 3) },
  { label: 0, name: "a/2.jpg", bytes: new Uint8Array(Uint32Array.of(MAGIC, 7, MAGIC).buffer) },
  { label: 1, name: "b/1.jpg", bytes: new Uint8Array(5000).fill(9) },
];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

for (const layout of ["identities", "plain"] as const) {
  withPython(`Python reads what is written in the ${layout} layout`, async () => {
    const here = join(folder, `written-${layout}`);
    {
      await using writer = await openRecordWriter(here, { layout });
      for (const picture of pictures) await writer.write(picture);
      expect(await writer.finish()).toEqual({ count: 3, classes: 2 });
    }
    const { stdout, stderr } = spawnSync("/usr/bin/python3", [
      SCRIPT,
      "read",
      ...["rec", "idx"].map((end) => join(here, `train.${end}`)),
    ]);
    expect(`${stderr}`).toBe("");
    const first = layout === "identities" ? 1 : 0;
    const records = pictures.map(({ label, bytes }, k) => ({
      key: k + first,
      labels: [label],
      id: k + first,
      bytes: hex(bytes),
    }));
    const identities = [
      [1, 3],
      [3, 4],
    ].map((labels, k) => ({ key: 4 + k, labels, id: 4 + k, bytes: "" }));
    const header = { key: 0, labels: [4, 6], id: 0, bytes: "" };
    expect(JSON.parse(`${stdout}`)).toEqual(layout === "plain" ? records : [...records, ...identities, header]);
    await using images = await openLabelledImages(here);
    expect([images.count, images.classes, await images.label(2)]).toEqual([3, 2, 1]);
    expect((await images.read(1)).bytes).toEqual(pictures[1]!.bytes);
  });
}

test("a writer that does not finish leaves nothing, and none writes over records", async () => {
  const here = join(folder, "unfinished");
  {
    await using writer = await openRecordWriter(here);
    await writer.write(pictures[0]!);
    await expect(writer.write({ ...pictures[0]!, label: 2 })).rejects.toThrow(
      "expected a picture of class 0 or 1, got one of 2",
    );
    await expect(writer.write({ ...pictures[0]!, label: 2 ** 24 })).rejects.toThrow("got 16777216");
  }
  expect(await readdir(here)).toEqual([]);
  await copyFile(golden("plain.rec"), join(here, "train.rec"));
  await expect(openRecordWriter(here)).rejects.toThrow("has a train.rec already");
  expect(() => encodeImageRecord({ labels: [2 ** 24 + 1], id: 0, bytes: new Uint8Array() })).toThrow(
    "float32 holds exactly",
  );
});
