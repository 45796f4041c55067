import type { Image } from "../image/image.ts";
import type { DType, Tensor } from "../tensor/tensor.ts";

/** One input or output of a network; a dimension that may vary is a string (its name) or −1. */
export type ValueInfo = { readonly name: string; readonly dtype: DType; readonly shape: readonly (number | string)[] };

/**
 * A network ready to run. Calls may overlap; each gets its own answer.
 * Disposing waits for runs under way; a run afterwards throws INVALID_ARGUMENT.
 */
export interface Session extends AsyncDisposable {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * @param into arrays that outputs are written to; the others are new ones. They may be those of inputs, element on
   *   element, where no node reads the input after the output is made.
   * @throws {ArcfaceError} MODEL_MISMATCH where names, types or shapes are not the network's.
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>>;
}

export type SessionOptions = {
  /** Threads within one run; 1 is the best throughput a core where several runs overlap. */
  readonly threads?: number;
  /** Default true. False: memory is not planned ahead, which suits graphs of thousands of large values. */
  readonly memoryPattern?: boolean;
};

export type DecodeOptions = {
  /** More pixels than this, as the header declares them, throw TOO_LARGE before anything is decoded. */
  readonly maxPixels?: number;
};

export interface ImageCodec {
  /**
   * Upright 8-bit RGB from an encoded image: EXIF orientation applied, alpha laid on black, the first frame only.
   *
   * @param name what errors call the image: a path, a URL.
   * @throws {ArcfaceError} UNSUPPORTED_FORMAT, TOO_LARGE, MISSING_TOOL (HEIC).
   */
  decode(bytes: Uint8Array, name: string, options?: DecodeOptions): Promise<Image>;
  /** @param options.quality of a JPEG, 1 to 100; default 92. */
  encode(image: Image, format: "jpeg" | "png", options?: { readonly quality?: number }): Promise<Uint8Array>;
}

/** What differs between Node and a browser. Passed in; the core never imports one. */
export interface Host {
  readonly codec: ImageCodec;
  /**
   * The bytes that a name stands for: a path in Node, an address in a browser.
   *
   * @throws {ArcfaceError} NOT_FOUND, IO, NETWORK.
   */
  read(name: string): Promise<Uint8Array>;
  /**
   * @param model a whole ONNX file.
   * @param name what errors call it.
   * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are not an ONNX model that can be run.
   */
  createSession(model: Uint8Array, name: string, options?: SessionOptions): Promise<Session>;
}
