/**
 * WebAssembly out of its text form, as much of it as this package's kernels are written in: functions of flat
 * instructions over one imported memory. A kernel is then read where it is used, and needs no tool to be built.
 */
import { ArcfaceError } from "../errors.ts";

export type WasmType = "i32" | "f32" | "v128";

export type WasmFunction = {
  readonly name: string;
  /** By name, `$` left out, in order. */
  readonly params: Readonly<Record<string, WasmType>>;
  readonly result?: WasmType;
  readonly locals?: Readonly<Record<string, WasmType>>;
  /** An instruction a line, as in the text form; a name after `$` is a parameter's or a local's. Blank lines are allowed. */
  readonly body: string;
};

const TYPES: Readonly<Record<WasmType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** What follows an opcode: nothing, the type of a block, a local, a small number, a constant, or a place in memory. */
type Immediate = "none" | "block" | "local" | "index" | "i32" | "memory";

const SIMD = 0xfd;

// Source: the core specification 2.0, "Index of Instructions". Only those that kernels use.
const OPS: Readonly<Record<string, readonly [Immediate, ...number[]]>> = {
  loop: ["block", 0x03],
  if: ["block", 0x04],
  end: ["none", 0x0b],
  br_if: ["index", 0x0d],
  "local.get": ["local", 0x20],
  "local.set": ["local", 0x21],
  "local.tee": ["local", 0x22],
  "f32.load": ["memory", 0x2a],
  "i32.store": ["memory", 0x36],
  "f32.store": ["memory", 0x38],
  "i32.const": ["i32", 0x41],
  "i32.lt_u": ["none", 0x49],
  "i32.add": ["none", 0x6a],
  "i32.and": ["none", 0x71],
  "v128.load": ["memory", SIMD, 0],
  "v128.load8x8_s": ["memory", SIMD, 1],
  "v128.load32_splat": ["memory", SIMD, 9],
  "v128.store": ["memory", SIMD, 11],
  "i32x4.splat": ["none", SIMD, 17],
  "i32x4.extract_lane": ["index", SIMD, 27],
  "f32x4.extract_lane": ["index", SIMD, 31],
  "f32x4.ge": ["none", SIMD, 70],
  "v128.any_true": ["none", SIMD, 83],
  "i32x4.add": ["none", SIMD, 174],
  "i32x4.dot_i16x8_s": ["none", SIMD, 186],
  "f32x4.add": ["none", SIMD, 228],
  "f32x4.mul": ["none", SIMD, 230],
  "f32x4.convert_i32x4_s": ["none", SIMD, 250],
};

/**
 * @param shared whether the imported memory, `memory.memory`, is shared between threads.
 * @param maxPages of 64 KiB, at most, of that memory.
 * @returns a module that exports each function under its name.
 * @throws {ArcfaceError} INTERNAL where an instruction or a name is not known.
 */
export function assembleWasm(
  functions: readonly WasmFunction[],
  { shared, maxPages }: { readonly shared: boolean; readonly maxPages: number },
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params, result }) => [
    0x60,
    ...list(Object.values(params).map((type) => [TYPES[type]])),
    ...list(result ? [[TYPES[result]]] : []),
  ]);
  const memory = [
    ...text("memory"),
    ...text("memory"),
    0x02,
    shared ? 0x03 : 0x01,
    ...unsigned(0),
    ...unsigned(maxPages),
  ];
  const code = functions.map((fn) => {
    const body = [...list(Object.values(fn.locals ?? {}).map((type) => [1, TYPES[type]])), ...instructions(fn), 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]))),
    ...section(10, list(code)),
  ]);
}

function instructions({ name, params, locals, body }: WasmFunction): number[] {
  const places = new Map([...Object.keys(params), ...Object.keys(locals ?? {})].map((local, i) => [local, i]));
  return body.split("\n").flatMap((line) => {
    const [mnemonic, ...words] = line.trim().split(/\s+/);
    if (!mnemonic) return [];
    const op = OPS[mnemonic];
    if (!op) throw new ArcfaceError("INTERNAL", `assembleWasm: ${name}: no instruction ${mnemonic}`);
    const [immediate, prefix, ...code] = op;
    return [prefix!, ...code.flatMap(unsigned), ...encode(immediate, words)];
  });

  function encode(immediate: Immediate, words: readonly string[]): number[] {
    switch (immediate) {
      case "none":
        return [];
      case "block":
        return [0x40];
      case "local": {
        const at = places.get(words[0]?.slice(1) ?? "");
        if (at === undefined) throw new ArcfaceError("INTERNAL", `assembleWasm: ${name}: no local ${words[0]}`);
        return unsigned(at);
      }
      case "i32":
        return signed(Number(words[0]));
      case "memory":
        // No alignment is promised: it would be a hint only.
        return [0, ...unsigned(Number(words[0]?.replace("offset=", "") ?? 0))];
      default:
        return unsigned(Number(words[0]));
    }
  }
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  return list([...new TextEncoder().encode(value)].map((byte) => [byte]));
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const rest = value >> 7;
  const isLast = (rest === 0 && (value & 0x40) === 0) || (rest === -1 && (value & 0x40) !== 0);
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)];
}
