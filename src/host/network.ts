import type { PixelFormat } from "../image/to-tensor.ts";
import type { Session } from "./host.ts";

/** A session with its card's contract: all that code needs to know to run it on pixels. */
export type Network = AsyncDisposable & {
  /** The card's slug; what errors call the network. */
  readonly name: string;
  readonly session: Session;
  readonly input: NetworkInput;
  /** Names by role, as the card maps them; roles are the parser's. */
  readonly outputs: Readonly<Record<string, string>>;
};

export type NetworkInput = PixelFormat & {
  /** The tensor's name in the graph. */
  readonly name: string;
  /** Pixels; for networks of any size, the size to use unless told otherwise. */
  readonly width: number;
  readonly height: number;
  /** Width and height may be any multiple of `stride`. */
  readonly dynamic: boolean;
  readonly stride: number;
};
