import { createSession } from "../host/session.node.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { encodeModel } from "../onnx/model.ts";
import { float32 } from "../tensor/tensor.ts";

/** More than any processor's block. */
const CHANNELS = 64;

/**
 * Channels a block of the layout in which ONNX Runtime runs convolutions here: 16 with AVX-512, 8 with AVX2; `null` where it
 * has none. Asked by two pixels of many channels: what lies between the first and the second is a block.
 */
export async function blockSize(): Promise<number | null> {
  const g = new GraphBuilder();
  const shape = [1, CHANNELS, 1, 2];
  g.output("y", g.node("com.microsoft.nchwc.ReorderInput", [g.input("x", shape)]));
  const session = await createSession(encodeModel(g.toModel("block")), "block").catch(() => null);
  if (!session) return null;
  await using asked = session;
  const x = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i % 2);
  const { y } = await asked.run({ x: float32(x, shape) });
  return (y!.data as Float32Array).indexOf(1);
}
