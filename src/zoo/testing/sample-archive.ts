import { collect } from "../../bytes/stream.ts";
import { writeArchive } from "../../nn-archive/write.ts";

/** An NN archive of a recogniser that takes 8×8 and answers four numbers; its network is any bytes. */
export async function packArchive(network: Uint8Array, path = "model.onnx"): Promise<Uint8Array<ArrayBuffer>> {
  const preprocessing = { mean: [0, 0, 0], scale: [1, 1, 1], dai_type: "BGR888p" };
  const input = { name: "images", dtype: "float32", input_type: "image", shape: [1, 3, 8, 8], layout: "NCHW" } as const;
  const model = {
    metadata: { name: "sample", path, precision: "float32" },
    inputs: [{ ...input, preprocessing }],
    outputs: [{ name: "output", dtype: "float32", shape: [1, 4], layout: "NF" }],
    heads: [{ parser: "EmbeddingsParser", outputs: ["output"], metadata: {} }],
  } as const;
  const files = new Map([[path, Uint8Array.from(network)]]);
  // As config.json spells it: its schema is checked when it is written.
  const config = JSON.parse(JSON.stringify({ config_version: "1.0", model }));
  return collect(writeArchive({ config, files }, { compression: "gz" }));
}
