import { expect, test } from "vitest";
import { assembleWasm, type WasmFunction } from "./assemble-wasm.ts";
import { compileWasm, createWasmMemory, instantiateWasm } from "./web-assembly.ts";

const memory = { shared: false, maxPages: 2 };

const sum: WasmFunction = {
  name: "sum",
  params: { from: "i32", end: "i32" },
  result: "i32",
  locals: { total: "v128" },
  body: `
    loop
      local.get $total
      local.get $from
      v128.load offset=65536
      i32x4.add
      local.set $total

      local.get $from
      i32.const 16
      i32.add
      local.tee $from
      local.get $end
      i32.lt_u
      br_if 0
    end
    local.get $total
    i32x4.extract_lane 2
    i32.const -70000
    i32.add`,
};

test("a function runs as its text says: loops, vectors, places and constants beyond one byte of LEB128", () => {
  const own = createWasmMemory({ initial: 2, maximum: 2, shared: false });
  new Int32Array(own.buffer, 65536, 12).set([...Array(12).keys()].map((i) => 10 ** 5 + i));
  const wasm = instantiateWasm<{ sum(from: number, end: number): number }>(
    compileWasm(assembleWasm([sum], memory)),
    own,
  );
  expect(wasm.sum(0, 48)).toBe(3 * 10 ** 5 + 2 + 6 + 10 - 70_000);
});

test("what is not known is named", () => {
  expect(() => assembleWasm([{ ...sum, body: "i32.pow" }], memory)).toThrow("sum: no instruction i32.pow");
  expect(() => assembleWasm([{ ...sum, body: "local.get $x" }], memory)).toThrow("sum: no local $x");
});
