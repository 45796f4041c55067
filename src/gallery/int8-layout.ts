import { createWasmMemory, type WasmMemory } from "../bytes/web-assembly.ts";
import { HIT_BYTES, STRIDE_STEP } from "./int8-kernel.ts";

const PAGE = 65536;

/** Rows a block: what memory grows by, and what a thread takes on at a time. A multiple of GROUP. */
export const BLOCK_ROWS = 4096;

/** Queries that one reading of the rows can answer. */
export const MOST_QUERIES = 256;

/** Rows that are compared with many queries at once: they, as int16, and the queries fit into a core's own cache. */
export const STRIP_ROWS = 64;

/** Rows a step where there is one query. */
export const STEP_ROWS = 512;

/** Where things lie in a segment: WebAssembly memory with room for every thread's work first, and then blocks of rows. */
export type Int8Layout = {
  readonly dimension: number;
  /** Numbers a row, those of the dimension and zeros. */
  readonly stride: number;
  readonly shared: boolean;
  /** Of a segment, 64 KiB each. */
  readonly maxPages: number;
  /** Of a thread's own room, in bytes from its start. */
  readonly scratch: {
    readonly bytes: number;
    readonly factors: number;
    readonly floors: number;
    readonly strip: number;
    readonly hits: number;
  };
  /** Bytes before the first block. */
  readonly headBytes: number;
  /** Of a block, in bytes from its start: rows, then float32 scales, float32 errors, uint32 slots. */
  readonly block: {
    readonly bytes: number;
    readonly scales: number;
    readonly errors: number;
    readonly slots: number;
  };
  readonly blocksPerSegment: number;
};

/** A GiB: as much as a browser's tab gives, and a few segments reach far. */
const SEGMENT_PAGES = 16384;

/** @param threads that read it, each with room of its own. */
export function int8Layout(
  dimension: number,
  { threads, shared, maxPages = SEGMENT_PAGES }: { threads: number; shared: boolean; maxPages?: number },
): Int8Layout {
  const stride = Math.ceil(dimension / STRIDE_STEP) * STRIDE_STEP;
  const factors = MOST_QUERIES * stride * 2;
  const floors = factors + MOST_QUERIES * 4;
  const strip = floors + MOST_QUERIES * 4;
  const hits = strip + STRIP_ROWS * stride * 2;
  const scratchBytes = toPages(hits + Math.max(STRIP_ROWS * MOST_QUERIES, STEP_ROWS) * HIT_BYTES);
  const scales = BLOCK_ROWS * stride;
  const headBytes = threads * scratchBytes;
  const blockBytes = toPages(scales + BLOCK_ROWS * 12);
  return {
    dimension,
    stride,
    shared,
    maxPages,
    scratch: { bytes: scratchBytes, factors, floors, strip, hits },
    headBytes,
    block: { bytes: blockBytes, scales, errors: scales + BLOCK_ROWS * 4, slots: scales + BLOCK_ROWS * 8 },
    blocksPerSegment: Math.floor((maxPages * PAGE - headBytes) / blockBytes),
  };
}

/** A new segment, without blocks. */
export function createSegment({ shared, maxPages, headBytes }: Int8Layout): WasmMemory {
  return createWasmMemory({ initial: headBytes / PAGE, maximum: maxPages, shared });
}

/** Room for one more block. */
export function growSegment(segment: WasmMemory, layout: Int8Layout): void {
  segment.grow(layout.block.bytes / PAGE);
}

export type Block = {
  /** All of it, as it lies in memory. */
  readonly bytes: Uint8Array;
  readonly rows: Int8Array;
  readonly scales: Float32Array;
  readonly errors: Float32Array;
  /** By row: which of the index's people. */
  readonly slots: Uint32Array;
};

/** A block's arrays: they stay true when a shared segment grows, and not where it is not shared. */
export function blockOf(segment: WasmMemory, at: number, { headBytes, stride, block }: Int8Layout): Block {
  const start = headBytes + at * block.bytes;
  const { buffer } = segment;
  return {
    bytes: new Uint8Array(buffer, start, block.bytes),
    rows: new Int8Array(buffer, start, BLOCK_ROWS * stride),
    scales: new Float32Array(buffer, start + block.scales, BLOCK_ROWS),
    errors: new Float32Array(buffer, start + block.errors, BLOCK_ROWS),
    slots: new Uint32Array(buffer, start + block.slots, BLOCK_ROWS),
  };
}

function toPages(bytes: number): number {
  return Math.ceil(bytes / PAGE) * PAGE;
}
