/** `wasm`: the processor. `webgpu`: a graphics card, with what it cannot do on the processor. */
export type ExecutionProvider = "wasm" | "webgpu";

/** What onnxruntime-web needs besides its JavaScript, which is bundled with the page's, by file name. */
export const RUNTIME_FILES: Readonly<Record<ExecutionProvider, { readonly wasm: string; readonly mjs: string }>> = {
  wasm: { wasm: "ort-wasm-simd-threaded.wasm", mjs: "ort-wasm-simd-threaded.mjs" },
  webgpu: { wasm: "ort-wasm-simd-threaded.asyncify.wasm", mjs: "ort-wasm-simd-threaded.asyncify.mjs" },
};
