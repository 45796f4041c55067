import { assembleWasm, type WasmFunction } from "../bytes/assemble-wasm.ts";

/** Bytes of what `scan` writes for a row that may matter: row, query (uint32), similarity, error (float32). */
export const HIT_BYTES = 16;

/** Rows lie in groups of so many, and a gallery's last group is filled up with rows that never hit. */
export const GROUP = 16;

/** A row's numbers are filled up with zeros to a multiple of this. */
export const STRIDE_STEP = 2;

/**
 * The inner products of int8 rows with int16 queries, and which of them may matter.
 *
 * Rows lie in groups: number i of row r of a group is at byte (i >> 1) · 32 + r · 2 + (i & 1). So memory is read in one
 * stream, which the processor foresees, and four rows' sums of two products are one instruction, with nothing to be
 * added up across at the end.
 *
 * `scan` and `scanPairs` write a hit for row r and query j where dot · scales[r] · factors[j] + errors[r] ≥ floors[j].
 */
export type Int8Kernel = {
  /**
   * @param rows where the first group is, `rowsEnd` where the last ends.
   * @param scales float32 a row, as `errors`.
   * @param firstRow how hits call the first row.
   * @param queries int16, `stride` numbers each, up to `queriesEnd`.
   * @param factors float32 a query, as `floors`.
   * @param out room for rows × queries hits.
   * @returns the end of what was written at `out`.
   */
  readonly scan: Scan;
  /** As `scan`, for an even number of queries, and groups that `widen` made. */
  readonly scanPairs: Scan;
  /** Groups as int16 at `out`. */
  readonly widen: (rows: number, rowsEnd: number, out: number) => void;
};

type Scan = (
  rows: number,
  rowsEnd: number,
  scales: number,
  errors: number,
  firstRow: number,
  queries: number,
  queriesEnd: number,
  factors: number,
  floors: number,
  out: number,
) => number;

/**
 * The kernel as a WebAssembly module. int8 × int16 rather than int8 × int8, because the instruction multiplies 16-bit
 * numbers anyway, and so the query loses nothing that counts.
 *
 * @param stride numbers a row, an even number.
 */
export function int8Kernel(
  stride: number,
  memory: { readonly shared: boolean; readonly maxPages: number },
): Uint8Array<ArrayBuffer> {
  return assembleWasm(
    [
      scanFunction("scan", { stride, queries: 1, wide: false }),
      scanFunction("scanPairs", { stride, queries: 2, wide: true }),
      widenFunction,
    ],
    memory,
  );
}

type Form = {
  readonly stride: number;
  /** At once. */
  readonly queries: number;
  /** Rows are int16. */
  readonly wide: boolean;
};

/**
 * Numbers a turn of the inner loop. No more, though it is short: V8 puts all loads of a loop's body before all sums, and
 * those of two turns do not fit into its sixteen registers (half the speed, measured).
 */
const TURN = 2;

/** A group is four vectors of four rows. */
const FOURS: readonly number[] = [0, 1, 2, 3];

function scanFunction(name: string, { stride, queries, wide }: Form): WasmFunction {
  const tile = [...Array(queries).keys()];
  const sums = FOURS.flatMap((four) => tile.map((j) => `sum${four}${j}`));
  /** A turn's. */
  const pairBytes = TURN * GROUP * (wide ? 2 : 1);
  const turn = [
    each(tile, (j) => `local.get $q\n v128.load32_splat offset=${j * stride * 2}\n local.set $query${j}`),
    each(FOURS, (four) => [
      "local.get $p",
      wide ? `v128.load offset=${four * 16}` : `v128.load8x8_s offset=${four * 8}`,
      "local.set $row",
      each(tile, (j) => [
        `local.get $row\n local.get $query${j}\n i32x4.dot_i16x8_s`,
        `local.get $sum${four}${j}\n i32x4.add\n local.set $sum${four}${j}`,
      ]),
    ]),
  ].join("\n");
  const judge = each(tile, (j) => each(FOURS, (four) => judgeFour(four, j)));
  const i32 = ["p", "q", "end", "number", "factor", "floor"].map((local) => [local, "i32"] as const);
  const v128 = [...sums, ...tile.map((j) => `query${j}`), "row", "similarity", "mask"].map(
    (local) => [local, "v128"] as const,
  );
  return {
    name,
    params: {
      rows: "i32",
      rowsEnd: "i32",
      scale: "i32",
      error: "i32",
      id: "i32",
      queries: "i32",
      queriesEnd: "i32",
      factors: "i32",
      floors: "i32",
      out: "i32",
    },
    result: "i32",
    locals: Object.fromEntries([...i32, ...v128]),
    body: `
      loop
        ${copy("q", "queries")}
        ${copy("factor", "factors")}
        ${copy("floor", "floors")}
        i32.const 0
        local.set $number
        loop
          ${each(sums, (sum) => `i32.const 0\n i32x4.splat\n local.set $${sum}`)}
          ${copy("p", "rows")}
          local.get $p
          i32.const ${(stride / TURN) * pairBytes}
          i32.add
          local.set $end
          loop
            ${turn}
            ${advance("q", TURN * 2)}
            ${advance("p", pairBytes)}
            local.get $p
            local.get $end
            i32.lt_u
            br_if 0
          end
          ${judge}
          ${advance("number", queries)}
          ${advance("factor", queries * 4)}
          ${advance("floor", queries * 4)}
          ${advance("q", (queries - 1) * stride * 2)}
          local.get $q
          local.get $queriesEnd
          i32.lt_u
          br_if 0
        end
        ${advance("id", GROUP)}
        ${advance("scale", GROUP * 4)}
        ${advance("error", GROUP * 4)}
        ${copy("rows", "end")}
        local.get $rows
        local.get $rowsEnd
        i32.lt_u
        br_if 0
      end
      local.get $out`,
  };
}

/** Similarities of four rows to a query, their upper bounds, and the rare case of a hit. */
function judgeFour(four: number, j: number): string {
  const hit = (r: number): string => `
    local.get $out
    local.get $id
    i32.const ${four * 4 + r}
    i32.add
    i32.store
    local.get $out
    local.get $number
    i32.const ${j}
    i32.add
    i32.store offset=4
    local.get $out
    local.get $similarity
    f32x4.extract_lane ${r}
    f32.store offset=8
    local.get $out
    local.get $error
    f32.load offset=${four * 16 + r * 4}
    f32.store offset=12
    local.get $out
    local.get $mask
    i32x4.extract_lane ${r}
    i32.const ${HIT_BYTES}
    i32.and
    i32.add
    local.set $out`;
  return `
    local.get $sum${four}${j}
    f32x4.convert_i32x4_s
    local.get $scale
    v128.load offset=${four * 16}
    f32x4.mul
    local.get $factor
    v128.load32_splat offset=${j * 4}
    f32x4.mul
    local.tee $similarity
    local.get $error
    v128.load offset=${four * 16}
    f32x4.add
    local.get $floor
    v128.load32_splat offset=${j * 4}
    f32x4.ge
    local.tee $mask
    v128.any_true
    if
      ${each([0, 1, 2, 3], hit)}
    end`;
}

const widenFunction: WasmFunction = {
  name: "widen",
  params: { rows: "i32", rowsEnd: "i32", out: "i32" },
  body: `
    loop
      local.get $out
      local.get $rows
      v128.load8x8_s
      v128.store
      ${advance("out", 16)}
      ${advance("rows", 8)}
      local.get $rows
      local.get $rowsEnd
      i32.lt_u
      br_if 0
    end`,
};

function advance(local: string, by: number): string {
  return `local.get $${local}\n i32.const ${by}\n i32.add\n local.set $${local}`;
}

function copy(to: string, from: string): string {
  return `local.get $${from}\n local.set $${to}`;
}

function each<T>(items: readonly T[], lines: (item: T) => string | readonly string[]): string {
  return items.flatMap(lines).join("\n");
}
