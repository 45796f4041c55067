/**
 * What a caller may do about an error.
 *
 * - `INVALID_ARGUMENT`   the call is wrong: fix the argument
 * - `UNSUPPORTED_FORMAT` the bytes are not of a kind we read, or are damaged
 * - `TOO_LARGE`          a limit on pixels, bytes or counts was passed; the limit is an option
 * - `NOT_FOUND`          a file, model, person or gallery that is named is not there
 * - `MODEL_MISMATCH`     a model does not keep its card's contract, or a template comes from another model
 * - `NO_FACE` `MULTIPLE_FACES`  a photograph does not show what the call needs
 * - `INTEGRITY`          bytes differ from their pinned sha256
 * - `LICENCE`            a model's licence forbids what it is wanted for
 * - `NETWORK`            a source cannot be reached or answered badly; trying again may help
 * - `CONFLICT`           the thing exists already, or another process holds it
 * - `MISSING_TOOL`       a program or native part that this feature needs is not installed
 * - `NO_SPACE`           the disk is full
 * - `IO`                 the file system refused (permissions, a folder where a file is meant …)
 * - `DIVERGED`           a training's numbers are not finite any more: a lower rate or a warm-up may help
 * - `CANCELLED`          the caller's AbortSignal fired
 * - `CLOSED`             a queue or pipeline was used after it ended
 * - `INTERNAL`           a bug in arcface
 */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "UNSUPPORTED_FORMAT"
  | "TOO_LARGE"
  | "NOT_FOUND"
  | "MODEL_MISMATCH"
  | "NO_FACE"
  | "MULTIPLE_FACES"
  | "INTEGRITY"
  | "LICENCE"
  | "NETWORK"
  | "CONFLICT"
  | "MISSING_TOOL"
  | "NO_SPACE"
  | "IO"
  | "DIVERGED"
  | "CANCELLED"
  | "CLOSED"
  | "INTERNAL";

/** The one error class: `code` for programs, `message` (where: expected, got) and `hint` (what to do) for people. */
export class ArcfaceError extends Error {
  override readonly name = "ArcfaceError";
  readonly code: ErrorCode;
  /** What to do next, a sentence; absent where the message says it all. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** `where: expected what, got what` as an INVALID_ARGUMENT. */
export function expected(where: string, what: string, got: string, hint?: string): ArcfaceError {
  return new ArcfaceError("INVALID_ARGUMENT", `${where}: expected ${what}, got ${got}`, { hint });
}

/**
 * Of what a person wrote: a field with a typing error would be passed over in silence.
 *
 * @param known by name, so that the compiler sees that none is left out.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the value is no object, or has a field that is not known.
 */
export function checkFields(where: string, value: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw expected(where, "an object", JSON.stringify(value) ?? "none");
  const strange = Object.keys(value).find((field) => !Object.hasOwn(known, field));
  if (strange !== undefined) throw expected(where, `fields among ${Object.keys(known).join(", ")}`, strange);
}

/** @throws {ArcfaceError} CANCELLED where the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted) throw new ArcfaceError("CANCELLED", `${where}: cancelled`, { cause: signal.reason });
}
