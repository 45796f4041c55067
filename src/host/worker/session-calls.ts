import type { Tensor } from "../../tensor/tensor.ts";
import type { Session } from "../host.ts";
import type { ExecutionProvider } from "../runtime-files.ts";

/** The first call: what the runtime is started with, and its files or where they are. */
export type StartArgument = {
  readonly executionProvider: ExecutionProvider;
  readonly threads?: number;
  readonly wasmPaths?: string;
  readonly files?: Readonly<Record<string, Uint8Array>>;
};

export type CreateArgument = { readonly model: Uint8Array; readonly name: string };

/** Of a session that was made; the other calls name it by its id. */
export type Created = Pick<Session, "inputs" | "outputs"> & { readonly id: number };

export type RunArgument = { readonly id: number; readonly feeds: Readonly<Record<string, Tensor>> };
