import { type FileHandle, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError, expected } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import type { LabelledImage } from "../labelled-images.ts";
import { encodeRecord } from "./framing.ts";
import { encodeImageRecord, LABEL_LIMIT } from "./image-record.ts";

/**
 * - `identities` InsightFace's: pictures from key 1 on, a record for every identity with the range of its keys, and the
 *   header record with key 0, last. Pictures come by class, 0, 1, 2 …
 * - `plain` im2rec's: pictures from key 0 on and nothing else, in any order.
 */
export type RecordLayout = "identities" | "plain";

/** Writes `train.rec`, `train.idx`, `train.lst` and `property` into a folder. */
export interface RecordWriter extends AsyncDisposable {
  /** @throws {ArcfaceError} INVALID_ARGUMENT for a label out of order or out of range; NO_SPACE, IO. */
  write(image: LabelledImage): Promise<void>;
  /** Until then the files have other names. Disposed of before, none is left. */
  finish(): Promise<{ count: number; classes: number }>;
}

const FILES = ["train.rec", "train.idx", "train.lst"] as const;

/**
 * `size`, of the pictures, is for `property`.
 *
 * @throws {ArcfaceError} CONFLICT where the folder has records already; NO_SPACE, IO.
 */
export async function openRecordWriter(
  folder: string,
  { layout = "identities", size = 112 }: { layout?: RecordLayout; size?: number } = {},
): Promise<RecordWriter> {
  const failed = (cause: unknown): never => {
    throw fileError(cause, folder, "writing records");
  };
  await mkdir(folder, { recursive: true }).catch(failed);
  const parts = FILES.map((name) => ({ name, part: join(folder, `${name}.part-records`) }));
  const taken = await open(join(folder, "train.rec")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") failed(error);
    return null;
  });
  await taken?.close();
  if (taken) throw new ArcfaceError("CONFLICT", `${folder}: has a train.rec already`, { hint: "name another folder" });
  const files: FileHandle[] = [];
  for (const { part } of parts) files.push(await open(part, "w").catch(failed));
  return createWriter({ folder, layout, size, parts, files, failed });
}

type Open = {
  readonly folder: string;
  readonly layout: RecordLayout;
  readonly size: number;
  readonly parts: readonly { readonly name: string; readonly part: string }[];
  readonly files: readonly FileHandle[];
  failed(cause: unknown): never;
};

function createWriter({ folder, layout, size, parts, files, failed }: Open): RecordWriter {
  const [rec, idx, lst] = files as [FileHandle, FileHandle, FileHandle];
  /** The first key of each identity. */
  const starts: number[] = [];
  let key = layout === "identities" ? 1 : 0;
  let [offset, count, largest] = [0, 0, -1];
  let isOpen = true;

  async function put(at: number, labels: readonly number[], bytes: Uint8Array): Promise<void> {
    const record = encodeRecord(encodeImageRecord({ labels, id: at, bytes }));
    await rec.writeFile(record).catch(failed);
    await idx.writeFile(`${at}\t${offset}\n`).catch(failed);
    offset += record.length;
  }
  async function close(): Promise<void> {
    isOpen = false;
    for (const file of files) await file.close();
  }
  return {
    async write({ bytes, label, name }) {
      if (!isOpen) throw new ArcfaceError("CLOSED", `${folder}: used after its end`);
      checkLabel(label, layout, largest);
      if (label === largest + 1) starts.push(key);
      largest = Math.max(largest, label);
      await put(key, [label], bytes);
      await lst.writeFile(`${key}\t${label}\t${name.replace(/[\t\r\n]/g, " ")}\n`).catch(failed);
      key++;
      count++;
    },
    async finish() {
      if (!isOpen) throw new ArcfaceError("CLOSED", `${folder}: used after its end`);
      if (count === 0) throw expected("records", "a picture at least", "none");
      if (layout === "identities") {
        const end = key;
        for (const [k, start] of starts.entries()) await put(key++, [start, starts[k + 1] ?? end], new Uint8Array());
        await put(0, [end, key], new Uint8Array());
      }
      for (const file of files) await file.sync().catch(failed);
      await close();
      await writeFile(join(folder, "property"), `${largest + 1},${size},${size}\n`).catch(failed);
      // The records last: where they are, the rest is.
      for (const { name, part } of [...parts].reverse()) await rename(part, join(folder, name)).catch(failed);
      return { count, classes: largest + 1 };
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      await close();
      for (const { part } of parts) await rm(part, { force: true });
    },
  };
}

function checkLabel(label: number, layout: RecordLayout, largest: number): void {
  if (!(Number.isInteger(label) && label >= 0 && label < LABEL_LIMIT)) {
    throw expected("records", "a label that is a whole number from 0 to 16777215", `${label}`);
  }
  if (layout === "identities" && label !== largest && label !== largest + 1) {
    throw expected(
      "records",
      `a picture of class ${Math.max(0, largest)} or ${largest + 1}`,
      `one of ${label}`,
      "sort them by class",
    );
  }
}
