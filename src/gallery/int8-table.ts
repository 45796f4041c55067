import type { WasmMemory } from "../bytes/web-assembly.ts";
import type { IndexedTemplate } from "./exact-index.ts";
import { GROUP } from "./int8-kernel.ts";
import { BLOCK_ROWS, type Block, blockOf, createSegment, growSegment, type Int8Layout } from "./int8-layout.ts";
import { clearInt8Row, writeInt8Row } from "./int8-rows.ts";
import type { EmbeddingsOf } from "./similarities.ts";

/** Rows of int8 and whose they are. */
export interface Int8Table {
  /** Templates. */
  readonly size: number;
  /** As many as there ever were at once: templates, and rows of those that are gone. */
  readonly rows: number;
  readonly segments: readonly WasmMemory[];
  templateId(row: number): number;
  personId(row: number): number;
  isGone(row: number): boolean;
  /** @param templates that were checked. */
  add(templates: readonly IndexedTemplate[]): void;
  /** Overwrite a row; another template may take its place. */
  remove(row: number): void;
  /** Remove the rows of people who are not kept. */
  keepPeople(isKept: (personId: number) => boolean): void;
  /** What it consists of, in its own memory. */
  parts(): TableParts;
  /** Become what those parts were of. The table is empty. */
  restore(parts: Omit<TableParts, "blocks">, fill: (blocks: readonly Uint8Array[]) => Promise<void>): Promise<void>;
  /** Whether a row is an embedding's, as near as rounding lets it be told. */
  isOf(row: number, embedding: Float32Array): boolean;
}

export type TableParts = {
  /** By row; of a row that is gone any number. */
  readonly templateIds: Float64Array;
  /** By slot. */
  readonly personIds: Float64Array;
  /** As `int8Layout` describes them. */
  readonly blocks: readonly Uint8Array[];
};

/** What the error of an empty row is: its bound is below every floor. */
const GONE = -Infinity;

export function createInt8Table(layout: Int8Layout): Int8Table {
  const { stride, blocksPerSegment } = layout;
  const segments: WasmMemory[] = [];
  let blocks: Block[] = [];
  const templateIds: number[] = [];
  const personIds: number[] = [];
  const slotOf = new Map<number, number>();
  const free: number[] = [];

  function addBlock(): void {
    if (blocks.length === segments.length * blocksPerSegment) segments.push(createSegment(layout));
    const segment = segments.at(-1)!;
    growSegment(segment, layout);
    const before = layout.shared ? blocks : blocks.slice(0, (segments.length - 1) * blocksPerSegment);
    const count = blocks.length + 1;
    // Memory that is not shared moved when it grew.
    blocks = before;
    for (let at = blocks.length; at < count; at++) blocks.push(blockOf(segment, at % blocksPerSegment, layout));
    blocks.at(-1)!.errors.fill(GONE);
  }

  function slot(personId: number): number {
    let at = slotOf.get(personId);
    if (at === undefined) {
      at = personIds.push(personId) - 1;
      slotOf.set(personId, at);
    }
    return at;
  }

  function isGone(row: number): boolean {
    return blocks[Math.floor(row / BLOCK_ROWS)]!.errors[row % BLOCK_ROWS] === GONE;
  }

  function remove(row: number): void {
    if (isGone(row)) return;
    const { rows, scales, errors } = blocks[Math.floor(row / BLOCK_ROWS)]!;
    errors[row % BLOCK_ROWS] = GONE;
    scales[row % BLOCK_ROWS] = 0;
    clearInt8Row(rows, stride, row % BLOCK_ROWS);
    free.push(row);
  }

  return {
    segments,
    get size(): number {
      return templateIds.length - free.length;
    },
    get rows(): number {
      return templateIds.length;
    },
    templateId: (row) => templateIds[row]!,
    personId: (row) => {
      const { slots } = blocks[Math.floor(row / BLOCK_ROWS)]!;
      return personIds[slots[row % BLOCK_ROWS]!]!;
    },

    add(templates) {
      for (const { id, personId, embedding } of templates) {
        const row = free.pop() ?? templateIds.length;
        if (row === blocks.length * BLOCK_ROWS) addBlock();
        const { rows, scales, errors, slots } = blocks[Math.floor(row / BLOCK_ROWS)]!;
        const at = row % BLOCK_ROWS;
        const { scale, error } = writeInt8Row(embedding, rows, stride, at);
        scales[at] = scale;
        errors[at] = error;
        slots[at] = slot(personId);
        templateIds[row] = id;
      }
    },

    isGone,
    remove,

    keepPeople(isKept) {
      const stays = personIds.map(isKept);
      for (let row = 0; row < templateIds.length; row++) {
        if (!stays[blocks[Math.floor(row / BLOCK_ROWS)]!.slots[row % BLOCK_ROWS]!]) remove(row);
      }
    },

    parts: () => ({
      templateIds: Float64Array.from(templateIds),
      personIds: Float64Array.from(personIds),
      blocks: blocks.map(({ bytes }) => bytes),
    }),

    async restore(parts, fill) {
      while (blocks.length * BLOCK_ROWS < parts.templateIds.length) addBlock();
      await fill(blocks.map(({ bytes }) => bytes));
      for (const personId of parts.personIds) slot(personId);
      for (const id of parts.templateIds) {
        const row = templateIds.push(id) - 1;
        if (isGone(row)) free.push(row);
      }
    },

    isOf(row, embedding) {
      const { rows, scales } = blocks[Math.floor(row / BLOCK_ROWS)]!;
      const at = row % BLOCK_ROWS;
      const group = rows.subarray((at - (at % GROUP)) * stride, (at - (at % GROUP) + GROUP) * stride);
      const again = group.slice();
      const { scale } = writeInt8Row(embedding, again, stride, at % GROUP);
      // A row made of an embedding that was normalised once more may be rounded otherwise.
      return Math.abs(scale / scales[at]! - 1) < 1e-5 && again.every((value, i) => Math.abs(value - group[i]!) <= 1);
    },
  };
}

/** Rows that are compared with their embeddings. */
const SAMPLES = 16;

/**
 * Whether templates, the newest among them, are what the embeddings say. Histories that part never meet again, so rows of
 * another gallery, or of a backup's other future, are told by the newest.
 */
export async function isTrue(table: Int8Table, embeddings: EmbeddingsOf): Promise<boolean> {
  const rows = [...Array(table.rows).keys()].filter((row) => !table.isGone(row));
  if (rows.length === 0) return true;
  const newest = rows.reduce((a, b) => (table.templateId(a) > table.templateId(b) ? a : b));
  const step = Math.ceil(rows.length / SAMPLES);
  const sample = [newest, ...rows.filter((_, i) => i % step === 0)];
  const own = await embeddings(sample.map((row) => table.templateId(row)));
  return sample.every((row, i) => own[i] !== null && table.isOf(row, own[i]!));
}
