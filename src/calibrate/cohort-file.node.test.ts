import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCohort, writeCohort } from "./cohort-file.node.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-cohort-"));
});
afterAll(() => rm(folder, { recursive: true }));

const cohort = {
  embeddings: [Float32Array.of(1, 0), Float32Array.of(0, 1), Float32Array.of(0.6, 0.8)],
  labels: ["Ann", "Ben", "Ann"],
  fingerprint: "team/model@0123456789abcdef",
};

test("a cohort comes back with numbers in place of names, and its owner alone may read it", async () => {
  const path = join(folder, "cohort.safetensors");
  await writeCohort(path, cohort);
  expect(await readCohort(path)).toEqual({ ...cohort, labels: [0, 1, 0] });
  expect((await readFile(path)).includes("Ann")).toBe(false);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("another file is refused, and so is none", async () => {
  const path = join(folder, "other.safetensors");
  const header = JSON.stringify({ __metadata__: { format: "pt" } });
  await writeFile(
    path,
    Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(header.length)).buffer), Buffer.from(header)]),
  );
  await expect(readCohort(path)).rejects.toThrow("expected a cohort, got another file");
  await expect(readCohort(join(folder, "none"))).rejects.toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
});
