import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { ArcfaceError, expected } from "../errors.ts";
import { DATA_ARRAYS, type DType, sizeOf, type Tensor, type TensorData } from "../tensor/tensor.ts";
import type { Session, ValueInfo } from "./host.ts";

/** What of ONNX Runtime's JavaScript interface differs between its packages. */
export type Ort = {
  readonly Tensor: new (type: OrtTensor.Type, data: OrtTensor.DataType, dims: readonly number[]) => OrtTensor;
};

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT: an empty file would reach the runtime as a null pointer. */
export function checkModelBytes(model: Uint8Array, name: string): void {
  if (model.length > 0) return;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected an ONNX model, got an empty file`);
}

/** What the runtime says against a model: the first line of it, as it may quote a whole graph. */
export function cannotLoad(name: string, cause: unknown): ArcfaceError {
  const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  const reason = line.length > 300 ? `${line.slice(0, 300)}…` : line;
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: ONNX Runtime cannot load this model: ${reason}`, { cause });
}

/** Our session over one of ONNX Runtime's, which it owns and releases. */
export function wrapSession(ort: Ort, session: InferenceSession, name: string): Session {
  const inputs = session.inputMetadata.map((value) => describe(value, name));
  const outputs = session.outputMetadata.map((value) => describe(value, name));
  const underWay = new Set<Promise<unknown>>();
  let disposed: Promise<void> | undefined;

  const toOrt = ({ dtype, data, shape }: Tensor): OrtTensor => new ort.Tensor(dtype, data as OrtTensor.DataType, shape);

  async function runOnce(
    feeds: Readonly<Record<string, Tensor>>,
    into: Readonly<Record<string, Tensor>> = {},
  ): Promise<Record<string, Tensor>> {
    const given = Object.fromEntries(inputs.map(({ name: input }) => [input, toOrt(feeds[input]!)]));
    const wanted = Object.fromEntries(
      outputs.map(({ name: output }) => [output, into[output] ? toOrt(into[output]) : null]),
    );
    const results = await session.run(given, wanted).catch((cause: unknown) => {
      const shapes = inputs.map(({ name: input }) => `${input} [${feeds[input]!.shape.join(", ")}]`).join(", ");
      throw new ArcfaceError("MODEL_MISMATCH", `${name}: the network cannot be run on ${shapes}`, { cause });
    });
    return Object.fromEntries(
      outputs.map(({ name: output }) => [output, into[output] ?? fromOrt(results[output] as OrtTensor, name)]),
    );
  }

  return {
    inputs,
    outputs,
    async run(feeds, into) {
      if (disposed) throw expected(`${name}: run`, "an open session", "one that was disposed");
      checkFeeds(name, inputs, feeds);
      const run = runOnce(feeds, into);
      underWay.add(run);
      try {
        return await run;
      } finally {
        underWay.delete(run);
      }
    },
    [Symbol.asyncDispose]() {
      disposed ??= Promise.allSettled(underWay).then(() => session.release());
      return disposed;
    },
  };
}

function describe(value: InferenceSession.ValueMetadata, name: string): ValueInfo {
  if (value.isTensor && value.type in DATA_ARRAYS) {
    return { name: value.name, dtype: value.type as DType, shape: value.shape.map((dim) => (dim === "" ? -1 : dim)) };
  }
  const type = value.isTensor ? `a tensor of ${value.type}` : "no tensor";
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: ${value.name} is ${type}, which is not supported`);
}

/**
 * Do tensors fit a network's inputs? A network that declares no dimensions takes any shape.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where a name, type or shape differs; INVALID_ARGUMENT where a tensor's data
 * do not fit its own type and shape.
 */
export function checkFeeds(name: string, inputs: readonly ValueInfo[], feeds: Readonly<Record<string, Tensor>>): void {
  const given = Object.keys(feeds);
  const wanted = inputs.map((input) => input.name);
  if (given.length !== wanted.length || wanted.some((input) => feeds[input] === undefined)) {
    const list = (names: readonly string[]) => names.join(", ") || "none";
    throw new ArcfaceError("MODEL_MISMATCH", `${name}: expected inputs ${list(wanted)}, got ${list(given)}`);
  }
  for (const { name: input, dtype, shape } of inputs) {
    const tensor = feeds[input]!;
    const fits =
      tensor.dtype === dtype &&
      (shape.length === 0 || shape.length === tensor.shape.length) &&
      shape.every((dim, axis) => typeof dim === "string" || dim < 0 || dim === tensor.shape[axis]);
    if (!fits) {
      const [want, got] = [{ dtype, shape }, tensor].map((t) => `${t.dtype} [${t.shape.join(", ")}]`);
      throw new ArcfaceError("MODEL_MISMATCH", `${name}: expected ${input} to be ${want}, got ${got}`);
    }
    if (!(tensor.data instanceof DATA_ARRAYS[dtype])) {
      throw expected(`${name}: ${input}`, `${dtype} in a ${DATA_ARRAYS[dtype].name}`, kindOf(tensor.data));
    }
    const size = sizeOf(tensor.shape);
    if (tensor.data.length !== size) {
      throw expected(`${name}: ${input}`, `${size} values for [${tensor.shape.join(", ")}]`, `${tensor.data.length}`);
    }
  }
}

function kindOf(data: unknown): string {
  return `a ${Object.getPrototypeOf(data)?.constructor?.name ?? typeof data}`;
}

type DataArray = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TensorData;

/** Runtimes may hand out float16 as a Float16Array, where there is one: its bits are the same. */
function fromOrt({ type, dims, data }: OrtTensor, name: string): Tensor {
  const Values: DataArray | undefined = DATA_ARRAYS[type as DType];
  if (!Values || !ArrayBuffer.isView(data)) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: an output is of ${type}, which is not supported`);
  }
  const values = data as Float32Array;
  const own = values instanceof Values ? values : new Values(values.buffer, values.byteOffset, values.length);
  return { dtype: type as DType, shape: dims, data: own };
}
