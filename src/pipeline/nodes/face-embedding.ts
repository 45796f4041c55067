import { expected } from "../../errors.ts";
import type { Embedder, EmbedOptions } from "../../recognize/embedder.ts";
import { InOrder, runInOrder } from "../in-order.ts";
import type { Buffer } from "../messages/buffer.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { NNData } from "../messages/nn-data.ts";
import type { Output } from "../output.ts";
import { takeWaiting } from "../take-waiting.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** The layer of its messages, as of Luxonis' ArcFace. */
const LAYER = "output";

export type FaceEmbeddingOptions = Omit<EmbedOptions, "signal"> & {
  /** A recogniser's slug. Default: the library's. */
  readonly model?: string;
  /** Inferences at once. Default 2. */
  readonly inFlight?: number;
  /** Crops in one inference at most, of those that wait. Default 8. */
  readonly maxBatch?: number;
};

/**
 * A recogniser of the library as a node: aligned crops of the size that it takes (112×112 for most) become NNData with a
 * layer `output` [1, 512], L2-normalised unless `raw`. Crops that wait go in together; answers leave in the crops' order.
 */
export class FaceEmbedding extends ThreadedHostNode {
  readonly input = this.createInput<ImgFrame>({ name: "input", types: [ImgFrame], queueSize: 8 });
  readonly out = this.createOutput<NNData>({ name: "out", types: [NNData] });
  readonly passthrough = this.createOutput<ImgFrame>({ name: "passthrough", types: [ImgFrame] });
  #model: string | undefined;
  #inFlight = 2;
  #maxBatch = 8;
  #options: EmbedOptions = {};
  #embedder: Embedder | null = null;

  override getName(): string {
    return "FaceEmbedding";
  }

  build(
    input: Output<ImgFrame> | Output<Buffer>,
    { model, inFlight = 2, maxBatch = 8, ...options }: FaceEmbeddingOptions = {},
  ): this {
    for (const [name, value] of Object.entries({ inFlight, maxBatch })) {
      if (!(Number.isInteger(value) && value > 0)) throw expected("FaceEmbedding", `${name} of 1 or more`, `${value}`);
    }
    this.#model = model;
    this.#inFlight = inFlight;
    this.#maxBatch = maxBatch;
    this.#options = options;
    input.link(this.input);
    return this;
  }

  override checkBuilt(): void {
    if (!this.input.isConnected()) throw expected(`FaceEmbedding ${this.id}`, "an output linked to its input", "none");
  }

  override async onStart(): Promise<void> {
    const pipeline = this.getParentPipeline();
    this.#embedder = await pipeline.getDefaultDevice().loadEmbedder(this.#model, pipeline.signal);
  }

  override async onStop(): Promise<void> {
    await this.#embedder?.[Symbol.asyncDispose]();
  }

  protected override async run(): Promise<void> {
    const { activity, signal } = this.getParentPipeline();
    const embedder = this.#embedder!;
    const work = new InOrder(this.#inFlight, activity);
    await runInOrder(work, async () => {
      const crops = await takeWaiting(this.input, work, this.#maxBatch);
      const images = crops.map((crop) => crop.getImage());
      work.add(embedder.embed(images, { ...this.#options, signal }), async (embeddings) => {
        for (const [i, crop] of crops.entries()) {
          const data = embeddings[i]!;
          const answer = new NNData({ transformation: crop.getTransformation() }).setStampsOf(crop);
          answer.addTensor(LAYER, { dtype: "float32", shape: [1, data.length], data });
          await Promise.all([this.out.send(answer), this.passthrough.send(crop)]);
        }
      });
    });
  }
}
