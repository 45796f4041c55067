const PACKAGE = "onnxruntime-web";

/** Of the dependency: a folder that another version's files were copied into says that it has not these. */
const VERSION = "1.30.0";

/** What an index calls a file of ONNX Runtime: `onnxruntime-web@1.30.0/ort-wasm-simd-threaded.wasm`. */
export function runtimeFileName(file: string): string {
  return `${PACKAGE}@${VERSION}/${file}`;
}

/** Also of another version. */
export function isRuntimeFileName(name: string): boolean {
  return name.startsWith(`${PACKAGE}@`);
}
