import { ArcfaceError } from "../errors.ts";
import { openCheckpoint } from "../train/checkpoint.node.ts";
import type { Centres } from "./vote.ts";

const HEAD = "head.weight";

/**
 * The centres that a training with sub-centers left in its checkpoint; K follows from the number of classes.
 *
 * @param path a checkpoint, or a run's folder.
 * @throws {ArcfaceError} NOT_FOUND, IO, UNSUPPORTED_FORMAT; MODEL_MISMATCH where it has no head of so many classes.
 */
export async function centresOfCheckpoint(path: string, classes: number): Promise<Centres> {
  const { checkpoint, from } = await openCheckpoint(path);
  const head = checkpoint.tensors.get(HEAD);
  const [rows = 0, size = 0] = head?.shape ?? [];
  if (head?.shape.length === 2 && head.data instanceof Float32Array && rows > 0 && rows % classes === 0)
    return { weights: head.data, subCenters: rows / classes, size };
  const got = head ? `[${head.shape.join(", ")}]` : "none";
  throw new ArcfaceError("MODEL_MISMATCH", `${from}: expected ${HEAD} of ${classes} classes, got ${got}`, {
    hint: "centres are those of the set that the checkpoint was trained on",
  });
}
