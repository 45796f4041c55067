import { ArcfaceError } from "../errors.ts";

/** What a pickle of plain data holds; text and bytes of Python 2 are both bytes. */
export type Pickled = null | boolean | number | string | Uint8Array | readonly Pickled[];

/** A function that a pickle names; the one that is known turns text into bytes. */
type Callable = { readonly calls: "encode" };
type Item = Pickled | Item[] | Callable | typeof MARK;

const MARK = Symbol("mark");

type Machine = {
  readonly view: DataView;
  at: number;
  readonly stack: Item[];
  readonly memo: Map<number, Item>;
};

/**
 * Read a pickle of lists, tuples, bytes, text, numbers and booleans, of any protocol but 0's quoted strings. Nothing is
 * ever called: an opcode that would make an object or run a function is refused by its name, but for `_codecs.encode`,
 * as which Python 3 writes bytes in protocol 2.
 *
 * @param name what errors call it.
 * @returns bytes are parts of `bytes`, not copies.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the offset.
 * Source: CPython Lib/pickletools.py.
 */
export function parsePickle(bytes: Uint8Array, name: string): Pickled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine: Machine = { view, at: 0, stack: [], memo: new Map() };
  for (;;) {
    const start = machine.at;
    try {
      const code = readBytes(machine, 1)[0]!;
      if (code === STOP) return result(machine);
      const run = OPCODES[code];
      if (!run) throw new Refusal(`opcode ${REFUSED[code] ?? `0x${code.toString(16).padStart(2, "0")}`}`);
      run(machine);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new ArcfaceError(
        "UNSUPPORTED_FORMAT",
        `${name}: a pickle of plain data, but at byte ${start}: ${error.message}`,
        {
          hint: "lists of bytes and booleans are read; no code in a pickle is run",
        },
      );
    }
  }
}

class Refusal extends Error {}

const STOP = 0x2e;

const OPCODES: Readonly<Record<number, (m: Machine) => void>> = {
  128: (m) => void readBytes(m, 1), // PROTO
  149: (m) => void readBytes(m, 8), // FRAME
  40: (m) => m.stack.push(MARK),
  93: (m) => m.stack.push([]), // EMPTY_LIST
  108: (m) => m.stack.push(toMark(m)), // LIST
  97: (m) => append(m, [pop(m)]), // APPEND
  101: (m) => append(m, toMark(m)), // APPENDS
  41: (m) => m.stack.push([]), // EMPTY_TUPLE
  116: (m) => m.stack.push(toMark(m)), // TUPLE
  133: (m) => m.stack.push(last(m, 1)), // TUPLE1 … 3
  134: (m) => m.stack.push(last(m, 2)),
  135: (m) => m.stack.push(last(m, 3)),
  78: (m) => m.stack.push(null), // NONE
  136: (m) => m.stack.push(true), // NEWTRUE
  137: (m) => m.stack.push(false), // NEWFALSE
  73: (m) => m.stack.push(decimal(readLine(m))), // INT
  74: (m) => m.stack.push(number(m, 4, (at) => m.view.getInt32(at, true))), // BININT
  75: (m) => m.stack.push(readUint(m, 1)), // BININT1
  77: (m) => m.stack.push(readUint(m, 2)), // BININT2
  67: (m) => m.stack.push(readBytes(m, readUint(m, 1))), // SHORT_BINBYTES
  66: (m) => m.stack.push(readBytes(m, readUint(m, 4))), // BINBYTES
  142: (m) => m.stack.push(readBytes(m, readUint(m, 8))), // BINBYTES8
  85: (m) => m.stack.push(readBytes(m, readUint(m, 1))), // SHORT_BINSTRING
  84: (m) => m.stack.push(readBytes(m, readUint(m, 4))), // BINSTRING
  140: (m) => m.stack.push(readText(m, readUint(m, 1))), // SHORT_BINUNICODE
  88: (m) => m.stack.push(readText(m, readUint(m, 4))), // BINUNICODE
  141: (m) => m.stack.push(readText(m, readUint(m, 8))), // BINUNICODE8
  113: (m) => m.memo.set(readUint(m, 1), top(m)), // BINPUT
  114: (m) => m.memo.set(readUint(m, 4), top(m)), // LONG_BINPUT
  112: (m) => m.memo.set(plainNumber(readLine(m)), top(m)), // PUT
  148: (m) => m.memo.set(m.memo.size, top(m)), // MEMOIZE
  104: (m) => m.stack.push(recall(m, readUint(m, 1))), // BINGET
  106: (m) => m.stack.push(recall(m, readUint(m, 4))), // LONG_BINGET
  103: (m) => m.stack.push(recall(m, plainNumber(readLine(m)))), // GET
  99: (m) => m.stack.push(callable(readLine(m), readLine(m))), // GLOBAL
  82: reduce, // REDUCE
};

/** What is known by name and not read. */
const REFUSED: Readonly<Record<number, string>> = {
  48: "POP",
  49: "POP_MARK",
  50: "DUP",
  70: "FLOAT",
  71: "BINFLOAT",
  76: "LONG",
  80: "PERSID",
  81: "BINPERSID",
  83: "STRING",
  86: "UNICODE",
  98: "BUILD",
  100: "DICT",
  105: "INST",
  111: "OBJ",
  115: "SETITEM",
  117: "SETITEMS",
  125: "EMPTY_DICT",
  129: "NEWOBJ",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  138: "LONG1",
  139: "LONG4",
  143: "EMPTY_SET",
  144: "ADDITEMS",
  145: "FROZENSET",
  146: "NEWOBJ_EX",
  147: "STACK_GLOBAL",
  150: "BYTEARRAY8",
  151: "NEXT_BUFFER",
  152: "READONLY_BUFFER",
};

function readBytes(m: Machine, length: number): Uint8Array {
  const left = m.view.byteLength - m.at;
  if (length > left) throw new Refusal(`expected ${length} bytes more, got ${left} before the end`);
  const bytes = new Uint8Array(m.view.buffer, m.view.byteOffset + m.at, length);
  m.at += length;
  return bytes;
}

function number(m: Machine, length: number, read: (at: number) => number): number {
  readBytes(m, length);
  return read(m.at - length);
}

function readUint(m: Machine, length: 1 | 2 | 4 | 8): number {
  return readBytes(m, length).reduceRight((value, byte) => 256 * value + byte, 0);
}

function readText(m: Machine, length: number): string {
  return new TextDecoder().decode(readBytes(m, length));
}

/** A line of an opcode's argument, none of which is long. */
function readLine(m: Machine): string {
  let text = "";
  for (let byte = readBytes(m, 1)[0]!; byte !== 10; byte = readBytes(m, 1)[0]!) {
    if (text.length === 100) throw new Refusal("expected a line of up to 100 characters, got a longer one");
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Protocols 0 and 1 write False and True as numbers of two digits. */
function decimal(text: string): number | boolean {
  if (text === "00" || text === "01") return text === "01";
  return plainNumber(text);
}

function plainNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new Refusal(`expected a whole number, got "${text}"`);
  return Number(text);
}

function pop(m: Machine): Item {
  const item = m.stack.pop();
  if (item === undefined || item === MARK) throw new Refusal("expected something on the stack, got nothing");
  return item;
}

function top(m: Machine): Item {
  const item = m.stack.at(-1);
  if (item === undefined || item === MARK) throw new Refusal("expected something on the stack, got nothing");
  return item;
}

function last(m: Machine, count: number): Item[] {
  return Array.from({ length: count }, () => pop(m)).reverse();
}

function toMark(m: Machine): Item[] {
  const mark = m.stack.lastIndexOf(MARK);
  if (mark === -1) throw new Refusal("expected a mark on the stack, got none");
  const items = m.stack.splice(mark);
  return items.slice(1);
}

function append(m: Machine, items: readonly Item[]): void {
  const list = top(m);
  if (!Array.isArray(list)) throw new Refusal("expected a list to append to, got something else");
  for (const item of items) (list as Item[]).push(item);
}

function recall(m: Machine, key: number): Item {
  const item = m.memo.get(key);
  if (item === undefined) throw new Refusal(`expected a memory ${key}, got none`);
  return item;
}

function callable(module: string, name: string): Callable {
  if (module === "_codecs" && name === "encode") return { calls: "encode" };
  throw new Refusal(`opcode GLOBAL ${module}.${name}`);
}

/** `_codecs.encode(text, "latin1")`: each character is a byte. */
function reduce(m: Machine): void {
  const given = pop(m);
  const called = pop(m);
  const [text, encoding] = Array.isArray(given) ? given : [];
  const isCall = called !== null && typeof called === "object" && "calls" in called;
  if (!isCall || typeof text !== "string" || encoding !== "latin1") throw new Refusal("opcode REDUCE");
  m.stack.push(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

function result(m: Machine): Pickled {
  const [value, ...rest] = m.stack;
  if (value === undefined || rest.length > 0) throw new Refusal(`expected one value at the end, got ${m.stack.length}`);
  return value as Pickled;
}
