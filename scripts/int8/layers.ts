/** Where the time of one inference goes, by operator and shape, as ONNX Runtime's profiler tells it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";

type Event = {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name: string;
    readonly output_type_shape: readonly Record<string, number[]>[];
    readonly input_type_shape: readonly Record<string, number[]>[];
  };
};

const RUNS = 10;

/** One thread, one image. */
export async function timeOfLayers(path: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "arcface-profile-"));
  try {
    const session = await InferenceSession.create(path, {
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: join(folder, "profile"),
    });
    const data = Float32Array.from({ length: 3 * 112 * 112 }, (_, i) => Math.sin(i));
    for (let i = 0; i < RUNS; i++)
      await session.run({ [session.inputNames[0]!]: new Tensor("float32", data, [1, 3, 112, 112]) });
    session.endProfiling();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file!), "utf8")) as Event[];
    await session.release();
    return table(events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function table(events: readonly Event[]): string[] {
  const groups = new Map<string, { ms: number; nodes: number; macs: number }>();
  for (const { dur, args } of events) {
    const [input, output] = [args.input_type_shape, args.output_type_shape].map((list) => Object.values(list[0]!)[0]!);
    // Channels come last in integer convolutions; IResNet's 1×1 are those that double them and halve the image.
    const isConv = args.op_name === "QLinearConv";
    const side = isConv && input![3] !== output![3] && input![1] !== output![1] ? 1 : 3;
    const key = isConv
      ? `QLinearConv ${side}×${side}, ${input!.slice(1).join("×")} → ${output!.slice(1).join("×")}`
      : args.op_name;
    const group = groups.get(key) ?? { ms: 0, nodes: 0, macs: 0 };
    group.ms += dur / 1000 / RUNS;
    group.nodes += 1 / RUNS;
    if (isConv) group.macs += (product(output!) * input![3]! * side * side) / RUNS;
    groups.set(key, group);
  }
  const rows = [...groups].sort((a, b) => b[1].ms - a[1].ms);
  return rows.map(([key, { ms, nodes, macs }]) => {
    const rate = macs > 0 ? (macs / ms / 1e6).toFixed(0) : "";
    return `| ${key} | ${Math.round(nodes)} | ${ms.toFixed(2)} | ${rate} |`;
  });
}

const product = (list: readonly number[]): number => list.reduce((all, n) => all * n, 1);
