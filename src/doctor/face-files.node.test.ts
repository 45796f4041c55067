import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listFaceFiles } from "./face-files.node.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-faces-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), "");
  }
}

test("folders in a folder are people, and what lies beside them is not looked at", async () => {
  await put("ann/1.jpg", "ann/2.PNG", "bob/1.webp", "bob/notes.txt", "loose.jpg", ".hidden/x.jpg", "empty/readme.md");
  const files = await listFaceFiles(folder);
  expect(files).toEqual({
    kind: "people",
    people: [[join(folder, "ann/1.jpg"), join(folder, "ann/2.PNG")], [join(folder, "bob/1.webp")]],
  });
});

test("photographs without folders are nobody's", async () => {
  await put("b.jpg", "a.jpeg", "c.gz");
  expect(await listFaceFiles(folder)).toEqual({
    kind: "loose",
    files: [join(folder, "a.jpeg"), join(folder, "b.jpg")],
  });
});

test("a folder without photographs is not found", async () => {
  await put("notes.txt");
  await expect(listFaceFiles(folder)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(listFaceFiles(join(folder, "none"))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
