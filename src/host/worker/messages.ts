import type { ErrorCode } from "../../errors.ts";

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
