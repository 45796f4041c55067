import { expected, throwIfCancelled } from "../../errors.ts";
import { buildNet, isNetName, NETS } from "../../nets/registry.ts";
import { encodeModel } from "../../onnx/model.ts";
import type { PlaceOf } from "./pack.ts";

/**
 * One of our own architectures as an ONNX file, with random weights of seed 0: the same bytes each time.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no such architecture.
 */
export function netFile(name: string): Uint8Array<ArrayBuffer> {
  if (!isNetName(name)) throw expected("zoo", `one of ${Object.keys(NETS).join(", ")}`, name);
  return encodeModel(buildNet(name)) as Uint8Array<ArrayBuffer>;
}

/** Files that are made rather than fetched. */
export const netPlace: PlaceOf = ({ model: { source } }) => {
  if (!("net" in source)) return null;
  const { net } = source;
  return {
    path: net,
    pack: {
      key: `net ${net}`,
      name: net,
      async open(_wanted, { onProgress, signal }) {
        throwIfCancelled(signal, net);
        const bytes = netFile(net);
        throwIfCancelled(signal, net);
        onProgress?.(bytes.length, bytes.length);
        return new Map([[net, bytes]]);
      },
    },
  };
};
