import { ArcfaceError, expected } from "../../errors.ts";
import { createImage, type Image } from "../../image/image.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Host, ImageCodec, Session, SessionOptions, ValueInfo } from "../host.ts";

type Feeds = Readonly<Record<string, Tensor>>;

/** What a network declares, and what it answers; without `run` it answers nothing. */
export type FakeNetwork = {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  run?(feeds: Feeds): Record<string, Tensor> | Promise<Record<string, Tensor>>;
};

export type FakeSession = Session & { readonly runs: readonly Feeds[]; readonly disposals: number };

export type FakeHost = Host & {
  /** Every session there was, in order. */
  readonly opened: readonly {
    readonly name: string;
    readonly options: SessionOptions;
    readonly session: FakeSession;
  }[];
};

export const floatInfo = (name: string, shape: readonly (number | string)[]): ValueInfo => ({
  name,
  dtype: "float32",
  shape,
});

/** A session that answers what it is told to, and remembers what it was asked. */
export function fakeSession({ inputs, outputs, run }: FakeNetwork): FakeSession {
  const runs: Feeds[] = [];
  let disposals = 0;
  return {
    inputs,
    outputs,
    runs,
    get disposals() {
      return disposals;
    },
    async run(feeds) {
      if (disposals > 0) throw expected("fake session", "an open session", "one that was disposed");
      runs.push(feeds);
      return (await run?.(feeds)) ?? {};
    },
    async [Symbol.asyncDispose]() {
      disposals++;
    },
  };
}

/** Width, height, then pixels: what `decode` of a fake host reads. Sides are below 256. */
export function encodeFake({ width, height, data }: Image): Uint8Array {
  return Uint8Array.of(width, height, ...data);
}

/**
 * A host without files, codecs or networks of its own.
 *
 * @param networks by the name a session is opened under; a name that is not there has a file that does not load.
 * @param files by name.
 */
export function fakeHost(
  networks: Readonly<Record<string, FakeNetwork>>,
  files: Readonly<Record<string, Uint8Array>> = {},
): FakeHost {
  const opened: { name: string; options: SessionOptions; session: FakeSession }[] = [];
  const codec: ImageCodec = {
    async decode(bytes, name, { maxPixels = Number.POSITIVE_INFINITY } = {}) {
      const [width = 0, height = 0] = bytes;
      if (width * height > maxPixels) throw new ArcfaceError("TOO_LARGE", `${name}: ${width}×${height}`);
      return createImage(width, height, bytes.slice(2));
    },
    encode: async (image) => encodeFake(image),
  };
  return {
    opened,
    codec,
    async read(name) {
      const bytes = files[name];
      if (!bytes) throw new ArcfaceError("NOT_FOUND", `${name}: no such file`);
      return bytes;
    },
    async createSession(_, name, options = {}) {
      const network = networks[name];
      if (!network) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: the runtime cannot load this model`);
      const session = fakeSession(network);
      opened.push({ name, options, session });
      return session;
    },
  };
}
