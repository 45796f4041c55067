import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";
import { cutPeople } from "./sample-people.ts";

type Bulk = { readonly bulk: { readonly faces: number; readonly photographs: number; readonly before: number } };
type Embedded = { readonly images: readonly { readonly faces: readonly { readonly embedding: number[] }[] }[] };

let home = "";
let photos = "";
const NAMES = ["dana", "iris", "rose1", "vera"] as const;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-bulk-"));
  photos = join(home, "photos");
  await mkdir(photos);
  const people = await cutPeople(home);
  for (const name of NAMES) await copyFile(people[name], join(photos, `${name}.jpg`));
  await writeFile(join(photos, "broken.png"), "no picture");
});
afterAll(() => rm(home, { recursive: true, force: true }));

test("a folder's embeddings are those of its photographs, one by one; a bad file is listed", async () => {
  const out = join(home, "shards");
  const run = await runCli<Bulk>(["embed", photos, "--out", out, "--json"]);
  expect(run).toMatchObject({ code: 1, stderr: "" }); // for the bad file
  expect(run.json.bulk).toMatchObject({ photographs: 5, faces: 4, before: 0 });
  const lines = (await readFile(join(out, "embeddings-00000.jsonl"), "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).photograph)).toEqual(NAMES.map((name) => `${name}.jpg`));
  expect(await readFile(join(out, "missed.jsonl"), "utf8")).toContain(
    '"photograph":"broken.png","code":"UNSUPPORTED_FORMAT"',
  );
  const npy = await readFile(join(out, "embeddings-00000.npy"));
  const rows = new Float32Array(npy.buffer.slice(npy.byteOffset + 128, npy.byteOffset + npy.length));
  const single = await runCli<Embedded>(["embed", join(photos, "rose1.jpg"), "--json"]);
  expect(rows.subarray(2 * 512, 3 * 512)).toBeCloseToTensor(single.json.images[0]!.faces[0]!.embedding, { atol: 1e-4 });
  const again = await runCli(["embed", photos, "--out", out]);
  expect(again.stdout).toMatch(
    /5 photographs, 4 faces in .*\n {2}1 without: .*missed\.jsonl tells of each\n0 embedded/,
  );
});

test("what cannot be meant is said before anything is loaded", async () => {
  const refused = async (...args: string[]) => (await runCli(["embed", ...args])).stderr;
  expect(await refused(photos, "--faces", "all")).toContain("expected --out with --faces, got none");
  expect(await refused(photos, "--out", "x", "--max-faces", "2")).toContain("got --max-faces");
  expect(await refused(join(photos, "vera.jpg"), "--out", "x")).toContain("expected one folder of photographs");
});

test("tune shows what it measured and remembers the best, which embed then goes by", async () => {
  const tuned = await runCli(["tune", "--seconds", "1"]);
  expect(tuned.code).toBe(0);
  expect(tuned.stdout).toMatch(/workers threads batch {2}crops\/s pictures\/s {2}faces\/s\n(.*\n)+.* best\n/);
  const plan = /remembered for this machine: (.*) \(/.exec(tuned.stdout)![1]!;
  expect((await runCli(["embed", photos, "--out", join(home, "tuned")])).stdout).toContain(`(${plan})`);
});

test("a second SIGTERM ends it at once, by the signal, not within the runtime's code", async () => {
  const out = join(home, "ended");
  const run = await runCli(["embed", photos, "--out", out], {
    started: (child) => {
      child.stderr!.on("data", (text) => {
        if (!`${text}`.includes("embed: 0")) return;
        child.kill("SIGTERM");
        setTimeout(() => child.kill("SIGTERM"), 2);
      });
    },
  });
  // It may have ended by the first one, tidily.
  expect(run.signal ?? run.code).toBeOneOf(["SIGTERM", 130]);
  expect(run.stderr).not.toContain("Napi");
  const { json } = await runCli<Bulk>(["embed", photos, "--out", out, "--json"]);
  expect(json.bulk.faces).toBe(4);
  expect((await readdir(out)).filter((name) => name.includes(".part-"))).toEqual([]);
});
