/**
 * What LiteRT (the reference runtime of TensorFlow Lite files) computes: src/onnx/golden/tflite.json.
 *
 *     npm install --prefix /tmp/litert --ignore-scripts @litertjs/core@2.5.3
 *     npx tsx scripts/golden/tflite.ts /tmp/litert [FILE.tflite …]
 *
 * The files are those of src/onnx/tflite/published.test.ts. LiteRT is made for browsers; the globals set below are
 * all that it needs to run in Node.
 */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { noise } from "../../src/onnx/noise.ts";
import { buildTflite } from "../../src/onnx/testing/tflite-builder.ts";
import { tfliteCases } from "../../src/onnx/testing/tflite-cases.ts";

/** As many values of an output are kept, evenly spaced. */
const SAMPLES = 97;

type Details = { name: string; shape: Int32Array };
type LiteRt = {
  loadLiteRt(path: string): Promise<unknown>;
  loadAndCompile(
    bytes: Uint8Array,
    options: { accelerator: "wasm" },
  ): Promise<{
    getInputDetails(): Details[];
    getOutputDetails(): Details[];
    run(inputs: unknown[]): Promise<{ toTypedArray(): Float32Array }[]>;
  }>;
  Tensor: new (data: Float32Array, shape: number[]) => unknown;
};

async function loadRuntime(folder: string): Promise<LiteRt> {
  const core = resolve(folder, "node_modules/@litertjs/core");
  const wasm = mkdtempSync(join(tmpdir(), "litert-"));
  cpSync(join(core, "wasm"), wasm, { recursive: true });
  writeFileSync(join(wasm, "package.json"), '{"type":"commonjs"}');
  const globals = globalThis as Record<string, unknown>;
  globals.self = globalThis;
  globals.navigator ??= {};
  globals.importScripts = (path: string) => {
    globals.ModuleFactory = createRequire(import.meta.url)(path);
  };
  const runtime = (await import(pathToFileURL(join(core, "dist/index.js")).href)) as LiteRt;
  await runtime.loadLiteRt(join(wasm, "litert_wasm_compat_internal.js"));
  return runtime;
}

async function run({ loadAndCompile, Tensor }: LiteRt, bytes: Uint8Array, samples: number) {
  const model = await loadAndCompile(bytes, { accelerator: "wasm" });
  const inputs = model.getInputDetails().map(({ shape }, i) => {
    const dims = [...shape];
    return new Tensor(
      noise(
        dims.reduce((a, b) => a * b, 1),
        i,
      ),
      dims,
    );
  });
  const results = await model.run(inputs);
  return model.getOutputDetails().map(({ name, shape }, i) => {
    const values = results[i]!.toTypedArray();
    const step = Math.max(1, Math.floor(values.length / samples));
    return {
      name,
      shape: [...shape],
      step,
      values: [...values].filter((_, at) => at % step === 0).map((v) => Number(v.toPrecision(9))),
    };
  });
}

async function main([folder, ...files]: string[]): Promise<void> {
  if (!folder) throw new Error("usage: tflite.ts FOLDER-WITH-LITERT [FILE.tflite …]");
  const runtime = await loadRuntime(folder);
  const golden = new URL("../../src/onnx/golden/tflite.json", import.meta.url);
  const cases: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(tfliteCases)) {
    cases[name] = (await run(runtime, buildTflite(spec), Infinity))[0]!.values;
  }
  const models: Record<string, unknown> = {};
  for (const file of files) {
    const bytes = new Uint8Array(readFileSync(file));
    models[basename(file)] = {
      sha256: createHash("sha256").update(bytes).digest("hex"),
      outputs: await run(runtime, bytes, SAMPLES),
    };
  }
  writeFileSync(golden, `${JSON.stringify({ cases, models }, null, 1).replaceAll(/\n\s+(-?[\d.])/g, " $1")}\n`);
}

await main(process.argv.slice(2));
