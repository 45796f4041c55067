import { instantiateWasm, type WasmMemory, type WasmModule } from "../bytes/web-assembly.ts";
import { GROUP, HIT_BYTES, type Int8Kernel } from "./int8-kernel.ts";
import { BLOCK_ROWS, type Int8Layout, STEP_ROWS, STRIP_ROWS } from "./int8-layout.ts";
import { toInt16Query } from "./int8-rows.ts";
import { type Contenders, Nearest } from "./nearest.ts";

/** Probes that are asked about together. */
export type Questions = {
  /** L2-normalised, one after another; as many as there are limits, and no more than MOST_QUERIES. */
  readonly probes: Float32Array;
  /** How many people of each. */
  readonly limits: readonly number[];
  /** Rows that are there, gone ones included. */
  readonly rows: number;
};

/**
 * Reads blocks of rows, in one thread of those that share them.
 *
 * @param takeBlock the number of a block that no other thread has taken; beyond the last one this thread is done.
 * @returns for each probe who of those blocks may be among its nearest.
 */
export type Scanner = (segments: readonly WasmMemory[], questions: Questions, takeBlock: () => number) => Contenders[];

/**
 * @param kernel `int8Kernel` of the layout's stride, compiled.
 * @param thread whose room is used: 0 to one less than the layout's threads.
 */
export function createScanner(layout: Int8Layout, kernel: WasmModule, thread: number): Scanner {
  const { dimension, stride, scratch, block } = layout;
  const instances = new Map<WasmMemory, Int8Kernel>();
  const own = thread * scratch.bytes;

  function kernelOf(memory: WasmMemory): Int8Kernel {
    let instance = instances.get(memory);
    if (!instance) {
      instance = instantiateWasm<Int8Kernel>(kernel, memory);
      instances.set(memory, instance);
    }
    return instance;
  }

  return (segments, { probes, limits, rows }, takeBlock) => {
    const nearest = limits.map((limit) => new Nearest(limit));
    const queries = limits.map((_, j) => toInt16Query(probes.subarray(j * dimension, (j + 1) * dimension), stride));
    const isOne = queries.length === 1;
    // Pairs of queries: where the number is odd, one more that nothing reaches.
    const count = isOne ? 1 : queries.length + (queries.length % 2);
    const queriesEnd = own + count * stride * 2;
    const rowsAtOnce = isOne ? STEP_ROWS : STRIP_ROWS;
    let last: WasmMemory | undefined;
    let floors = new Float32Array();

    for (let at = takeBlock(); at * BLOCK_ROWS < rows; at = takeBlock()) {
      const memory = segments[Math.floor(at / layout.blocksPerSegment)]!;
      if (memory !== last) floors = prepare(memory);
      last = memory;
      const { scan, scanPairs, widen } = kernelOf(memory);
      const start = layout.headBytes + (at % layout.blocksPerSegment) * block.bytes;
      const slots = new Uint32Array(memory.buffer, start + block.slots, BLOCK_ROWS);
      const first = at * BLOCK_ROWS;
      const inBlock = Math.min(BLOCK_ROWS, Math.ceil((rows - first) / GROUP) * GROUP);
      for (let row = 0; row < inBlock; row += rowsAtOnce) {
        const end = Math.min(inBlock, row + rowsAtOnce);
        const from = start + row * stride;
        const to = start + end * stride;
        if (!isOne) widen(from, to, own + scratch.strip);
        const hitsEnd = (isOne ? scan : scanPairs)(
          isOne ? from : own + scratch.strip,
          isOne ? to : own + scratch.strip + (end - row) * stride * 2,
          start + block.scales + row * 4,
          start + block.errors + row * 4,
          row,
          own,
          queriesEnd,
          own + scratch.factors,
          own + scratch.floors,
          own + scratch.hits,
        );
        if (hitsEnd > own + scratch.hits) collect(memory, hitsEnd, first, slots);
      }
    }
    return nearest.map((each) => each.contenders());

    /** Questions and floors into this thread's room of a segment. */
    function prepare({ buffer }: WasmMemory): Float32Array<ArrayBuffer> {
      const values = new Int16Array(buffer, own, count * stride).fill(0);
      const factors = new Float32Array(buffer, own + scratch.factors, count).fill(0);
      const floors = new Float32Array(buffer as ArrayBuffer, own + scratch.floors, count).fill(Infinity);
      queries.forEach((query, j) => {
        values.set(query.values, j * stride);
        factors[j] = query.factor;
        floors[j] = nearest[j]!.floor - query.slack;
      });
      return floors;
    }

    function collect(memory: WasmMemory, hitsEnd: number, first: number, slots: Uint32Array): void {
      const words = (hitsEnd - own - scratch.hits) / 4;
      const numbers = new Uint32Array(memory.buffer, own + scratch.hits, words);
      const values = new Float32Array(memory.buffer, own + scratch.hits, words);
      for (let i = 0; i < words; i += HIT_BYTES / 4) {
        const row = numbers[i]!;
        const j = numbers[i + 1]!;
        const bound = values[i + 3]! + queries[j]!.slack;
        const mine = nearest[j]!;
        mine.add(first + row, slots[row]!, values[i + 2]! - bound, values[i + 2]! + bound);
        floors[j] = mine.floor - queries[j]!.slack;
      }
    }
  };
}
