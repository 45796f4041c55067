import { expected } from "../../errors.ts";
import { createNewestWins, type NewestWins } from "../../tracking/newest-wins.ts";
import { GatheredData } from "../messages/gathered-data.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import type { NNData } from "../messages/nn-data.ts";
import type { Output } from "../output.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** Detections with the embeddings of each. */
export type GatheredEmbeddings = GatheredData<ImgDetections, NNData>;

export type IdentificationNodeOptions = {
  /** The least cosine that makes two faces one person's, 0–1. Default 0.5. */
  readonly csim?: number;
  /** Default "person". */
  readonly labelBasename?: string;
};

/**
 * DepthAI's example node: gives detections their labels by the newest embedding of each person (see createNewestWins). For
 * people who keep their labels, see Identification.
 */
export class IdentificationNode extends ThreadedHostNode {
  readonly input = this.createInput<GatheredEmbeddings>({ name: "input", types: [GatheredData] });
  readonly out = this.createOutput<ImgDetections>({ name: "out", types: [ImgDetections] });
  #people: NewestWins = createNewestWins();

  override getName(): string {
    return "IdentificationNode";
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where csim is no number from 0 to 1, in DepthAI's words. */
  build(gathered: Output<GatheredEmbeddings>, options: IdentificationNodeOptions = {}): this {
    this.#people = createNewestWins(options);
    gathered.link(this.input);
    return this;
  }

  override checkBuilt(): void {
    if (!this.input.isConnected())
      throw expected(`IdentificationNode ${this.id}`, "gathered embeddings by build", "none");
  }

  protected override async run(): Promise<void> {
    while (this.mainLoop()) {
      const gathered = await this.input.get();
      const found = gathered.getReferenceData();
      const embeddings = gathered.items.map((item) => item.getFirstTensor(true).data as Float32Array);
      const labels = this.#people.identify(embeddings);
      const named = found.detections.map((detection, i) => detection.with({ labelName: labels[i]! }));
      await this.out.send(new ImgDetections(named, {}, found.getTransformation()).setStampsOf(found));
    }
  }
}
