import { ArcfaceError, expected } from "../../errors.ts";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import type { NNModelDescription } from "../../zoo/description.ts";
import type { DeviceNetwork } from "../device.ts";
import { InOrder, runInOrder } from "../in-order.ts";
import type { Buffer } from "../messages/buffer.ts";
import { MessageGroup } from "../messages/message-group.ts";
import { NNData } from "../messages/nn-data.ts";
import { transformationOf } from "../messages/transformation-of.ts";
import { type ModelChoice, resolveArchive } from "../resolve-archive.ts";
import { takeWaiting } from "../take-waiting.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { type FrameInput, type FrameInputOptions, framesFor } from "./frame-input.ts";
import { PortMap } from "./port-map.ts";

/**
 * Runs a network on frames or tensors. What comes in is given as it is to `passthrough`, together with the answer.
 *
 * Several inferences are under way at once; answers leave in the order in which their messages came. Where messages wait
 * and the network takes several at once, they go in together.
 */
export class NeuralNetwork extends ThreadedHostNode {
  /** ImgFrame, NNData with layers named as the network's inputs, or a MessageGroup of these by input. */
  readonly input = this.createInput<Buffer>({ name: "input" });
  /** An input for each of the network's, by name: each holds one message, the newest. In place of `input`. */
  readonly inputs = new PortMap((name) => {
    this.passthroughs.get(name);
    return this.createInput({ name, group: "inputs", blocking: false, queueSize: 1, waitForMessage: true });
  });
  readonly out = this.createOutput<NNData>({ name: "out", types: [NNData] });
  readonly passthrough = this.createOutput<Buffer>({ name: "passthrough" });
  /** What came in at `inputs`, by their names. */
  readonly passthroughs = new PortMap((name) => this.createOutput({ name, group: "passthroughs" }));
  #archive: NNArchive | null = null;
  #network: DeviceNetwork | null = null;
  #numInferenceThreads = 2;
  #maxBatch: number | null = null;

  override getName(): string {
    return "NeuralNetwork";
  }

  /**
   * @param input what the frames come from; a camera or a replay is asked for frames of the network's size.
   * @param source an archive, a description, or a slug; in Node also the path of an archive or a card.
   * @throws {ArcfaceError} as Device.getModel.
   */
  async build(input: FrameInput, source: ModelChoice, options: FrameInputOptions = {}): Promise<this> {
    const archive = await this.#resolve(source);
    this.setNNArchive(archive);
    framesFor(input, archive.getInputSize(), options).link(this.input);
    return this;
  }

  getNNArchive(): NNArchive | null {
    return this.#archive;
  }

  /** @param _numShaves of RVC2 devices; of no effect here. */
  setNNArchive(archive: NNArchive, _numShaves?: number): this {
    this.#archive = archive;
    return this;
  }

  /** @param _useCached the cache is always used. @throws {ArcfaceError} as Device.getModel. */
  async setFromModelZoo(description: NNModelDescription | string, _useCached = true): Promise<this> {
    return this.setNNArchive(await this.#resolve(description));
  }

  /** @param path of an NN archive or a card. @throws {ArcfaceError} as Device.getModel. */
  async setModelPath(path: string): Promise<this> {
    return this.setNNArchive(await this.#resolve(path));
  }

  /** Blobs are RVC2's own. @throws {ArcfaceError} UNSUPPORTED_FORMAT always. */
  setBlob(_blob: unknown): never {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${this.getName()}: a blob runs on an RVC2 device only`, {
      hint: "setNNArchive and setFromModelZoo take models that run here",
    });
  }

  /** Inferences under way at once. Default 2. */
  setNumInferenceThreads(count: number): this {
    this.#numInferenceThreads = checkCount("inferences", count);
    return this;
  }

  getNumInferenceThreads(): number {
    return this.#numInferenceThreads;
  }

  /** Messages in one inference at most (ours). Default: the device's choice; 1 keeps them apart. */
  setMaxBatch(count: number): this {
    this.#maxBatch = checkCount("messages in a batch", count);
    return this;
  }

  // What devices are told of their memory and processors is taken and has no effect here.

  setNumPoolFrames(_count: number): this {
    return this;
  }

  setNumNCEPerInferenceThread(_count: number): this {
    return this;
  }

  setNumShavesPerInferenceThread(_count: number): this {
    return this;
  }

  setBackend(_backend: string): this {
    return this;
  }

  setBackendProperties(_properties: Readonly<Record<string, string>>): this {
    return this;
  }

  override checkBuilt(): void {
    const where = `${this.getName()} ${this.id}`;
    if (!this.#archive) throw expected(where, "a model, given by build or setNNArchive", "none");
    const named = this.inputs.entries().size > 0;
    if (named && this.input.isConnected()) throw expected(where, "either input or inputs linked", "both");
    if (!named && !this.input.isConnected()) throw expected(where, "an output linked to its input", "none");
  }

  override async onStart(): Promise<void> {
    const options = this.#maxBatch === null ? {} : { maxBatch: this.#maxBatch };
    this.#network = await this.getParentPipeline().getDefaultDevice().openNetwork(this.#archive!, options);
  }

  override async onStop(): Promise<void> {
    await this.#network?.[Symbol.asyncDispose]();
  }

  protected override async run(): Promise<void> {
    const network = this.#network!;
    const work = new InOrder(this.#numInferenceThreads, this.getParentPipeline().activity);
    const named = this.inputs.entries().size > 0;
    await runInOrder(work, async () => {
      const messages = named ? [await this.#nextGroup()] : await takeWaiting(this.input, work, network.maxBatch);
      work.add(network.infer(messages), async (answers) => {
        for (const [i, answer] of answers.entries()) await this.#send(messages[i]!, answer);
      });
    });
  }

  async #nextGroup(): Promise<MessageGroup> {
    const group = new MessageGroup();
    for (const [name, input] of this.inputs.entries()) {
      const previous = input.getReusePreviousMessage() ? input.tryGet() : null;
      group.add(name, previous ?? (await input.get()));
    }
    const newest = [...group]
      .map(([, message]) => message)
      .reduce((a, b) => (b.getTimestamp() > a.getTimestamp() ? b : a));
    return group.setStampsOf(newest);
  }

  async #send(message: Buffer, answer: NNData): Promise<void> {
    answer.setStampsOf(message).setTransformation(transformationOf(message));
    const sends = [this.out.send(answer), this.passthrough.send(message)];
    if (message instanceof MessageGroup) {
      for (const [name, output] of this.passthroughs.entries()) sends.push(output.send(message.get(name)!));
    }
    await Promise.all(sends);
  }

  #resolve(source: ModelChoice): Promise<NNArchive> {
    const pipeline = this.getParentPipeline();
    return resolveArchive(pipeline.getDefaultDevice(), source, pipeline.signal);
  }
}

function checkCount(what: string, count: number): number {
  if (Number.isInteger(count) && count > 0) return count;
  throw expected("NeuralNetwork", `a whole number of ${what}, 1 or more`, `${count}`);
}
