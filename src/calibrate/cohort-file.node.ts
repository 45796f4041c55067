import { chmod } from "node:fs/promises";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { readSafetensorsFile } from "../safetensors/read-file.node.ts";
import { writeSafetensors } from "../safetensors/safetensors.ts";
import type { Cohort } from "./cohort.ts";
import { numberPeople } from "./score-pairs.ts";

const FORMAT = "arcface-cohort-1";

/**
 * Write a cohort as a safetensors file: `embeddings` [n, d] and `people` [n], numbers in place of names, which measuring
 * does not need. It is biometric data all the same, so it is for its owner alone.
 *
 * @throws {ArcfaceError} NO_SPACE, IO.
 */
export async function writeCohort(path: string, { embeddings, labels, fingerprint }: Cohort): Promise<void> {
  const size = embeddings[0]?.length ?? 0;
  const data = new Float32Array(embeddings.length * size);
  for (const [i, embedding] of embeddings.entries()) data.set(embedding, i * size);
  const people = BigInt64Array.from(numberPeople(labels).person, BigInt);
  const parts = writeSafetensors({
    tensors: new Map([
      ["embeddings", { dtype: "F32", shape: [embeddings.length, size], data }],
      ["people", { dtype: "I64", shape: [embeddings.length], data: people }],
    ]),
    metadata: { format: FORMAT, fingerprint },
  });
  try {
    await writeWhole(path, Buffer.concat(parts));
    await chmod(path, 0o600);
  } catch (error) {
    throw fileError(error, path, "writing the cohort");
  }
}

/** @throws {ArcfaceError} NOT_FOUND, IO; UNSUPPORTED_FORMAT where the file is something else. */
export async function readCohort(path: string): Promise<Cohort> {
  const { tensors, metadata } = await readSafetensorsFile(path);
  const [embeddings, people] = [tensors.get("embeddings"), tensors.get("people")];
  const [count = -1, size = -1] = embeddings?.shape ?? [];
  const { format, fingerprint } = metadata;
  const isCohort = format === FORMAT && fingerprint !== undefined && people?.data.length === count;
  if (!isCohort || !(embeddings?.data instanceof Float32Array)) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected a cohort, got another file`, {
      hint: "arcface calibrate FOLDER --cohort FILE writes one",
    });
  }
  const { data } = embeddings;
  return {
    embeddings: Array.from({ length: count }, (_, i) => data.slice(i * size, (i + 1) * size)),
    labels: Array.from(people.data, Number),
    fingerprint,
  };
}
