import { ArcfaceError } from "../errors.ts";
import type { NodeName } from "./node-home.ts";
import { QueueException } from "./queue-exception.ts";

/** An error of a node as the pipeline tells it: with the node's name, the code and the hint kept. */
export function failureOf(node: NodeName, error: unknown): ArcfaceError {
  const known = error instanceof ArcfaceError ? error : null;
  const message = error instanceof Error ? error.message : String(error);
  return new ArcfaceError(known?.code ?? "INTERNAL", `${node.getName()} ${node.id}: ${message}`, {
    cause: error,
    hint: known?.hint,
  });
}

/** Is it what waits answer with when the pipeline stops: a closed queue, a signal that fired? */
export function isGoodbye(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason || error instanceof QueueException) return true;
  if (error instanceof ArcfaceError) return error.code === "CANCELLED";
  return error instanceof Error && error.name === "AbortError";
}
