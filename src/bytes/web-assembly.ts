/** WebAssembly as much as is used here: TypeScript has its types in the browsers' library only, and Node has it, too. */
export type WasmMemory = { readonly buffer: ArrayBuffer | SharedArrayBuffer; grow(pages: number): number };
/** A compiled module: it may be posted to other threads. */
export type WasmModule = object;

type WebAssemblyObject = {
  readonly Memory: new (options: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly memory: { readonly memory: WasmMemory } },
  ) => { readonly exports: unknown };
};

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyObject };

export function createWasmMemory(options: { initial: number; maximum: number; shared: boolean }): WasmMemory {
  return new WebAssembly.Memory(options);
}

/** In one go, on this thread: kernels are small. */
export function compileWasm(bytes: Uint8Array<ArrayBuffer>): WasmModule {
  return new WebAssembly.Module(bytes);
}

/** @returns what a module of `assembleWasm` exports, at work on a memory. */
export function instantiateWasm<Exports>(module: WasmModule, memory: WasmMemory): Exports {
  return new WebAssembly.Instance(module, { memory: { memory } }).exports as Exports;
}
