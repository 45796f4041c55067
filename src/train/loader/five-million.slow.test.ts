import { spawnSync } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeRecord } from "../../data/recordio/framing.ts";
import { encodeImageRecord } from "../../data/recordio/image-record.ts";

const PICTURES = 5_000_000;
const CLASSES = 90_000;
/** Bytes from one record to the next: 40 GB in all, of which the file holds what is written, and holes. */
const STRIDE = 8192;

const SCRIPT = join(import.meta.dirname, "testing/index-many.node.ts");

/** Five million records, identities and a header, of which only the first, the last and the header are written. */
async function writeSet(folder: string): Promise<void> {
  const end = PICTURES + 1;
  await using rec = await open(join(folder, "train.rec"), "w");
  const put = (at: number, labels: number[], bytes: Uint8Array): Promise<unknown> =>
    rec.write(encodeRecord(encodeImageRecord({ labels, id: 0, bytes })), 0, null, at * STRIDE);
  await put(0, [0], Uint8Array.of(1));
  await put(PICTURES - 1, [CLASSES - 1], Uint8Array.of(2));
  await put(PICTURES + CLASSES, [end, end + CLASSES], new Uint8Array());
  await using idx = await open(join(folder, "train.idx"), "w");
  for (let from = 1; from < end + CLASSES; from += 100_000) {
    const lines = Array.from(
      { length: Math.min(100_000, end + CLASSES - from) },
      (_, k) => `${from + k}\t${(from + k - 1) * STRIDE}\n`,
    );
    await idx.writeFile(lines.join(""));
  }
  await idx.writeFile(`0\t${(PICTURES + CLASSES) * STRIDE}\n`);
}

test("five million records are indexed and shuffled in 400 MiB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "five-million-"));
  try {
    await writeSet(folder);
    const args = ["--import", "tsx", "--conditions=arcface-source", SCRIPT, folder];
    const { stdout, stderr } = spawnSync(process.execPath, args);
    expect(`${stderr}`).toBe("");
    const report = JSON.parse(`${stdout}`);
    process.stdout.write(`${stdout}`);
    expect(report).toMatchObject({ count: PICTURES, classes: CLASSES, ends: [0, CLASSES - 1], epochs: [0, 1] });
    expect(report.peakMiB).toBeLessThan(400);
  } finally {
    await rm(folder, { recursive: true });
  }
});
