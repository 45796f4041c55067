import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeIjb } from "../evaluate/testing/small-sets.node.ts";
import { ARCFACE_TEMPLATE } from "../geometry/landmarks.ts";
import { loadIjbPairs, loadIjbSearch } from "./load-ijb.node.ts";
import { parseNumberLines } from "./number-lines.ts";

let folder: string;
const root = (): string => join(folder, "ijbc");
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-ijb-"));
  const names = ["Ann", "Bob", "Cid"];
  const people = names.map((name) => [name, [0, 1, 2, 3, 4].map((i) => join(folder, `${name}${i}.jpg`))] as const);
  for (const file of people.flatMap(([, files]) => files)) writeFileSync(file, file);
  writeIjb(root(), Object.fromEntries(people));
});
afterEach(() => rmSync(folder, { recursive: true }));

function edit(file: string, change: (text: string) => string): void {
  const path = join(root(), "meta", file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

test("templates have pictures, media, points and scores; pairs are of templates", async () => {
  const { images, templates, pairs } = await loadIjbPairs(root(), "ijbc");
  expect(images).toHaveLength(15);
  expect(images[0]).toMatchObject({ key: "loose_crop/1.jpg", faceScore: 0.5 });
  expect(images[0]!.face).toEqual({ kind: "points", landmarks: ARCFACE_TEMPLATE });
  expect(templates.map(({ name }) => name)).toEqual(["100", "101", "102", "200", "201", "202"]);
  expect(templates[1]).toEqual({ name: "101", person: null, images: [5, 6, 7], media: [1001, 1002, 1002] });
  expect([...pairs!.a]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  expect([...pairs!.b]).toEqual([3, 4, 5, 3, 4, 5, 3, 4, 5]);
  expect([...pairs!.same]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

test("1:N: both galleries as one, or one, which leaves the others' probes without a mate", async () => {
  const both = (await loadIjbSearch(root(), "ijbc")).search!;
  expect([...both.probes]).toEqual([3, 4, 5]);
  expect([...both.gallery]).toEqual([0, 2, 1]);
  expect([...both.mates]).toEqual([0, 1, 2]);
  const one = (await loadIjbSearch(root(), "ijbc", { gallery: "2" })).search!;
  expect([...one.gallery]).toEqual([1]);
  expect([...one.mates]).toEqual([-1, 1, -1]);
});

test("IJB-B's galleries are called S1 and S2", async () => {
  writeIjb(join(folder, "ijbb"), { Ann: [0, 1, 2, 3].map((i) => join(folder, `Ann${i}.jpg`)) }, { target: "ijbb" });
  expect((await loadIjbSearch(join(folder, "ijbb"), "ijbb")).templates.map(({ person }) => person)).toEqual(["0", "0"]);
});

test.each<[string, string, (text: string) => string, string]>([
  ["files of other lengths", "ijbc_name_5pts_score.txt", (t) => t.slice(0, t.lastIndexOf("\n")), "expected 15 lines"],
  ["another image", "ijbc_name_5pts_score.txt", (t) => t.replace(/^2\.jpg/m, "9.jpg"), "expected the image 2.jpg"],
  ["a point too few", "ijbc_name_5pts_score.txt", (t) => t.replace(/ [\d.]+ 1$/m, " 1"), "ten numbers and a score"],
  ["a template that is a name", "ijbc_face_tid_mid.txt", (t) => t.replace(" 100 ", " x "), "and a medium"],
  ["a label of 2", "ijbc_template_pair_label.txt", (t) => t.replace(/1$/, "2"), "expected labels of 1 or 0, got 2"],
  ["a template without pictures", "ijbc_template_pair_label.txt", (t) => `${t}\n7 200 0`, "got 7 in pair 10"],
  ["a pair of two columns", "ijbc_template_pair_label.txt", (t) => `${t}\n100 200`, ":10: expected 3 whole numbers"],
])("loadIjbPairs refuses %s", async (_, file, change, message) => {
  edit(file, change);
  await expect(loadIjbPairs(root(), "ijbc")).rejects.toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: expect.stringContaining(message) }),
  );
});

test("missing pictures are an error, or leave their templates with the rest", async () => {
  rmSync(join(root(), "loose_crop/1.jpg"));
  await expect(loadIjbPairs(root(), "ijbc")).rejects.toThrow("ijbc: 1 of 15 images are not in");
  const { templates, absent } = await loadIjbPairs(root(), "ijbc", { allowMissing: true });
  expect([templates[0]!.images, templates[0]!.media, absent]).toEqual([[0, 1], [2, 2], ["1.jpg"]]);
});

test("a subject enrolled twice is refused", async () => {
  edit("ijbc_1N_gallery_G2.csv", (text) => `${text}\n102,0,x.jpg`);
  await expect(loadIjbSearch(root(), "ijbc")).rejects.toThrow(
    "expected each subject once in the galleries, got 0 again",
  );
});

test("lines of numbers may end in CRLF, and empty ones are none", () => {
  const bytes = new TextEncoder().encode("1 2\r\n\n33\t44");
  expect(parseNumberLines(bytes, 2, "f").map((list) => [...list])).toEqual([
    [1, 33],
    [2, 44],
  ]);
  expect(() => parseNumberLines(new TextEncoder().encode("1 2\n1 -2"), 2, "f")).toThrow(
    "f:2: expected 2 whole numbers",
  );
});
