import { Builder, type Offset } from "flatbuffers";

export type TensorSpec = {
  readonly name?: string;
  readonly shape: readonly number[];
  /** `TensorType`'s number: 0 float32, 1 float16, 2 int32, 9 int8 … */
  readonly type?: number;
  /** Makes it a constant. */
  readonly data?: Uint8Array | Float32Array | Int32Array | Int8Array | Uint16Array;
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
  readonly quantizedAxis?: number;
  readonly sparse?: boolean;
};

export type Field = readonly [field: number, kind: "int8" | "int32" | "float32", value: number];

type AnyField = Field | readonly [field: number, kind: "table", value: Offset];

export type OperatorSpec = {
  /** `BuiltinOperator`'s number. */
  readonly code: number;
  readonly custom?: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The number in the union `BuiltinOptions`, and what differs from the defaults. */
  readonly options?: readonly [type: number, ...fields: Field[]];
};

export type TfliteSpec = {
  readonly tensors: readonly TensorSpec[];
  readonly operators: readonly OperatorSpec[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
};

/** A TensorFlow Lite file, for tests. Buffer 0 is the empty one, tensor i has buffer i + 1. */
export function buildTflite({ tensors, operators, inputs, outputs }: TfliteSpec): Uint8Array {
  const b = new Builder(1024);

  function vector(size: number, values: readonly number[], add: (value: number) => void): Offset {
    b.startVector(size, values.length, size);
    for (const value of values.toReversed()) add(value);
    return b.endVector();
  }
  const ints = (values: readonly number[]) => vector(4, values, (value) => b.addInt32(value));
  const floats = (values: readonly number[]) => vector(4, values, (value) => b.addFloat32(value));
  const longs = (values: readonly number[]) => vector(8, values, (value) => b.addInt64(BigInt(value)));
  const offsets = (values: readonly Offset[]) => vector(4, values, (value) => b.addOffset(value));

  /** Fields are written as they come; `table` ones are offsets made before. */
  function table(...fields: readonly AnyField[]): Offset {
    b.startObject(11);
    for (const [field, kind, value] of fields) {
      b.forceDefaults(true);
      if (kind === "int8") b.addFieldInt8(field, value, 0);
      else if (kind === "int32") b.addFieldInt32(field, value, 0);
      else if (kind === "float32") b.addFieldFloat32(field, value, 0);
      else b.addFieldOffset(field, value, 0);
      b.forceDefaults(false);
    }
    return b.endObject();
  }

  const buffers = [undefined, ...tensors.map((tensor) => tensor.data)].map((data) => {
    if (!data) return table();
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    b.startVector(1, bytes.length, 16);
    for (const byte of bytes.toReversed()) b.addInt8(byte);
    return table([0, "table", b.endVector()]);
  });

  const tensorTables = tensors.map((tensor, i) => {
    const name = b.createString(tensor.name ?? `t${i}`);
    const shape = ints(tensor.shape);
    const fields: AnyField[] = [
      [0, "table", shape],
      [1, "int8", tensor.type ?? 0],
      [2, "int32", i + 1],
      [3, "table", name],
    ];
    if (tensor.scale) {
      const scale = floats(tensor.scale);
      const zeroPoint = longs(tensor.zeroPoint ?? tensor.scale.map(() => 0));
      fields.push([
        4,
        "table",
        table([2, "table", scale], [3, "table", zeroPoint], [6, "int32", tensor.quantizedAxis ?? 0]),
      ]);
    }
    if (tensor.sparse) fields.push([6, "table", table()]);
    return table(...fields);
  });

  const codes = operators.map(({ code, custom }) => {
    const name = custom === undefined ? null : b.createString(custom);
    return table(
      [0, "int8", Math.min(code, 127)],
      ...(name === null ? [] : [[1, "table", name] as const]),
      [2, "int32", 1],
      [3, "int32", code],
    );
  });
  const operatorTables = operators.map(({ inputs, outputs, options }, i) => {
    const [type, ...fields] = options ?? [0];
    const into = ints(inputs);
    const out = ints(outputs);
    const optionTable = table(...fields);
    return table(
      [0, "int32", i],
      [1, "table", into],
      [2, "table", out],
      ...(type === 0 ? [] : [[3, "int8", type] as const, [4, "table", optionTable] as const]),
    );
  });

  const graph = table(
    [0, "table", offsets(tensorTables)],
    [1, "table", ints(inputs)],
    [2, "table", ints(outputs)],
    [3, "table", offsets(operatorTables)],
  );
  const model = table(
    [0, "int32", 3],
    [1, "table", offsets(codes)],
    [2, "table", offsets([graph])],
    [4, "table", offsets(buffers)],
  );
  b.finish(model, "TFL3");
  return b.asUint8Array().slice();
}
