import { ArcfaceError, type ErrorCode } from "../../errors.ts";

/** The id of the message by which a browser's worker says that it has begun; no call has it. */
export const READY = -1;

/** What goes to a worker thread; `cancel` names the call that is not wanted any more, `end` is the last one. */
export type Call = { readonly id: number; readonly name: string; readonly argument?: unknown };

/** What comes back, once a call. */
export type Answer = {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint: string | undefined;
    readonly cause: string | undefined;
  };
};

/** Classes do not survive the way between threads. */
export function toPlain(error: unknown): NonNullable<Answer["error"]> {
  const { code, hint } = error instanceof ArcfaceError ? error : { code: "INTERNAL" as const, hint: undefined };
  const cause = error instanceof Error ? error.cause : undefined;
  return {
    code,
    message: error instanceof Error ? error.message : String(error),
    hint,
    cause: cause instanceof Error ? (cause.stack ?? cause.message) : undefined,
  };
}

export function fromPlain({ code, message, hint, cause }: NonNullable<Answer["error"]>): ArcfaceError {
  return new ArcfaceError(code, message, { hint, cause });
}
