import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";
import { cutPeople } from "./sample-people.ts";

type Aligned = { readonly kept: number; readonly images: number; readonly before: number; readonly dropped: object };
type Cleaned = { readonly kept: number; readonly dropped: number; readonly anatomy: object };

let home = "";
let photos = "";
let crops = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-align-"));
  photos = join(home, "photos");
  crops = join(home, "crops");
  const people = await cutPeople(home);
  for (const name of ["rose1", "vera", "iris"] as const) {
    await mkdir(join(photos, name), { recursive: true });
    await copyFile(people[name], join(photos, name, "0.jpg"));
    for (const brightness of [0.8, 1.2, 1.3])
      await sharp(people[name])
        .modulate({ brightness })
        .toFile(join(photos, name, `${brightness}.png`));
  }
  // One of Vera's is of Dana; and what is no face.
  await copyFile(people.dana, join(photos, "vera", "1.jpg"));
  await sharp({ create: { width: 200, height: 200, channels: 3, background: "#456" } }).toFile(
    join(photos, "iris", "wall.jpg"),
  );
  await writeFile(join(photos, "iris", "notes.txt"), "a list");
});
afterAll(() => rm(home, { recursive: true, force: true }));

test("align cuts a folder's faces, and does so once", async () => {
  const first = await runCli<Aligned>(["align", photos, crops, "--json"]);
  expect(first.stderr).toBe("");
  expect(first.json).toMatchObject({ images: 15, kept: 13, before: 0, dropped: { "no-face": 1, "not-an-image": 1 } });
  expect((await readdir(join(crops, "vera"))).length).toBe(5);
  const again = await runCli(["align", photos, crops]);
  expect(again.stdout).toMatch(/15 files, 13 faces in .*\n {2}1 left out: no face found\n/);
  expect(again.stdout).toContain("15 before");
  expect(await runCli(["align", photos, crops, "--face", "only"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("made with face as by default, not only"),
  });
});

test("clean finds the picture that is of another person, shows it, and copies the others", async () => {
  const [report, out] = [join(home, "report"), join(home, "cleaned")];
  const run = await runCli<Cleaned>(["clean", crops, "--report", report, "--out", out, "--json"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.json).toMatchObject({ kept: 12, dropped: 1 });
  expect(await readFile(join(report, "dropped.txt"), "utf8")).toBe("vera/1.jpg\n");
  expect(await readdir(join(out, "vera"))).toHaveLength(4);
  expect(await runCli(["clean", photos, "--report", report])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("arcface align"),
  });
});
