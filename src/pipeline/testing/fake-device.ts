import { ArcfaceError } from "../../errors.ts";
import type { Device, DeviceNetwork } from "../device.ts";
import type { Buffer } from "../messages/buffer.ts";
import type { NNData } from "../messages/nn-data.ts";

/** A device that has only what it is given. */
export function fakeDevice(parts: Partial<Device> = {}): Device {
  const none = (what: string) => (): Promise<never> => Promise.reject(new ArcfaceError("NOT_FOUND", `no ${what} here`));
  return {
    getPlatform: () => ({ name: "cpu" }),
    getPlatformAsString: () => "cpu",
    getDeviceId: () => "fake",
    getModel: none("models"),
    openNetwork: none("networks"),
    loadDetector: none("detectors"),
    loadEmbedder: none("embedders"),
    openVideo: none("videos"),
    openCamera: none("cameras"),
    async [Symbol.asyncDispose]() {},
    ...parts,
  };
}

/** A network that answers as it is told, and remembers how many messages each call had. */
export function fakeNetwork(
  infer: (messages: readonly Buffer[], call: number) => Promise<NNData[]>,
  maxBatch = 1,
): DeviceNetwork & { readonly batches: readonly number[]; readonly disposals: number } {
  const batches: number[] = [];
  let disposals = 0;
  return {
    maxBatch,
    batches,
    get disposals() {
      return disposals;
    },
    infer(messages) {
      batches.push(messages.length);
      return infer(messages, batches.length - 1);
    },
    async [Symbol.asyncDispose]() {
      disposals++;
    },
  };
}
