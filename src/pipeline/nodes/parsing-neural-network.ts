import { ArcfaceError, expected } from "../../errors.ts";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import type { NNModelDescription } from "../../zoo/description.ts";
import type { Input } from "../input.ts";
import type { Buffer } from "../messages/buffer.ts";
import type { MessageGroup } from "../messages/message-group.ts";
import type { NNData } from "../messages/nn-data.ts";
import type { Output } from "../output.ts";
import { type ModelChoice, resolveArchive } from "../resolve-archive.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { type FrameInput, type FrameInputOptions, framesFor } from "./frame-input.ts";
import { NeuralNetwork } from "./neural-network.ts";
import type { BaseParser } from "./parsers/base-parser.ts";
import type { HeadConfig } from "./parsers/head-config.ts";
import { type ParserClass, parserClass } from "./parsers/registry.ts";
import type { PortMap } from "./port-map.ts";
import { Sync } from "./sync.ts";

export type ParsingNeuralNetworkOptions = {
  /** Parsers of one's own by the name that heads give them; they win over those that are known. */
  readonly parsers?: Readonly<Record<string, ParserClass>>;
};

/**
 * A network and what reads its answers: a parser for each head of its archive.
 *
 *     const nn = await pipeline.create(ParsingNeuralNetwork).build(camera, "luxonis/arcface:lfw-112x112");
 *     const queue = nn.out.createOutputQueue();
 *     const embedding = (await queue.get()).getTensor("output");
 *
 * What messages the only head's parser makes is told to `build`: `build<ImgDetections>(…)`. It is the program's word,
 * as nobody knows the archive before.
 */
export class ParsingNeuralNetwork<Out extends Buffer = NNData> extends ThreadedHostNode {
  readonly #ownParsers: Readonly<Record<string, ParserClass>>;
  #network: NeuralNetwork | null = null;
  #parsers: BaseParser[] = [];
  #sync: Sync | null = null;

  constructor({ parsers = {} }: ParsingNeuralNetworkOptions = {}) {
    super();
    this.#ownParsers = parsers;
  }

  override getName(): string {
    return "ParsingNeuralNetwork";
  }

  /**
   * @param input what the frames come from; a camera or a replay is asked for frames of the network's size.
   * @param source an archive, a description, or a slug; in Node also the path of an archive or a card. Without a
   *   platform the device's is meant.
   * @throws {ArcfaceError} as Device.getModel; UNSUPPORTED_FORMAT where the archive has no heads, or one that no parser
   *   here reads.
   */
  async build<Made extends Buffer = NNData>(
    input: FrameInput,
    source: ModelChoice,
    options: FrameInputOptions = {},
  ): Promise<ParsingNeuralNetwork<Made>> {
    const pipeline = this.getParentPipeline();
    const archive = await resolveArchive(pipeline.getDefaultDevice(), source, pipeline.signal);
    await this.setNNArchive(archive);
    framesFor(input, archive.getInputSize(), options).link(this.input);
    return this as unknown as ParsingNeuralNetwork<Made>;
  }

  get input(): Input<Buffer> {
    return this.#nn.input;
  }

  get inputs(): PortMap<Input> {
    return this.#nn.inputs;
  }

  get passthrough(): Output<Buffer> {
    return this.#nn.passthrough;
  }

  get passthroughs(): PortMap<Output> {
    return this.#nn.passthroughs;
  }

  /** Of the only head. @throws {ArcfaceError} INVALID_ARGUMENT where there is not exactly one. */
  get out(): Output<Out> {
    if (this.#parsers.length === 1) return this.#parsers[0]!.out as unknown as Output<Out>;
    throw new ArcfaceError(
      "INVALID_ARGUMENT",
      `Property out is only available when there is exactly one model head, got ${this.#parsers.length}.`,
      { hint: "getOutput(head) and outputs have those of several" },
    );
  }

  /** Of two heads or more: their messages in one, called "0", "1" … @throws {ArcfaceError} INVALID_ARGUMENT */
  get outputs(): Output<MessageGroup> {
    if (this.#parsers.length < 2) {
      throw new ArcfaceError(
        "INVALID_ARGUMENT",
        `Property outputs is only available when there are multiple model heads, got ${this.#parsers.length}.`,
        { hint: "out has that of one" },
      );
    }
    this.#sync ??= this.#makeSync();
    return this.#sync.out;
  }

  /** @throws {ArcfaceError} NOT_FOUND where there is no head of that number. */
  getOutput(head: number): Output<Buffer> {
    return this.getParser(head).out;
  }

  /**
   * The parser of a head.
   *
   * @throws {ArcfaceError} NOT_FOUND where there is none of that number; INVALID_ARGUMENT where it is of another class.
   */
  getParser(index?: number): BaseParser;
  getParser<P extends BaseParser>(type: new (...args: never[]) => P, index?: number): P;
  getParser(first: number | (new (...args: never[]) => BaseParser) = 0, second = 0): BaseParser {
    const [type, index] = typeof first === "number" ? [null, first] : [first, second];
    const parser = this.#parsers[index];
    if (!parser) {
      const ids = [...this.#parsers.keys()].join(", ");
      throw new ArcfaceError("NOT_FOUND", `Parser with ID ${index} not found. Available parser IDs: [${ids}]`);
    }
    const name = parser.getName();
    if (type === null || parser instanceof type) return parser;
    throw expected(`Parser with ID ${index}`, type.name, name);
  }

  /** Replaces the parsers too: what was linked to them has to be linked anew. @throws {ArcfaceError} as build. */
  async setNNArchive(archive: NNArchive, numShaves?: number): Promise<this> {
    const heads = headsOf(archive);
    const classes = heads.map(({ parser }) => parserClass(parser, this.#ownParsers));
    for (const node of [...this.#parsers, ...(this.#sync ? [this.#sync] : [])]) this.removeSubnode(node);
    this.#sync = null;
    this.#parsers = [];
    this.#nn.setNNArchive(archive, numShaves);
    for (const [i, head] of heads.entries()) {
      const parser = this.createSubnode(classes[i]!);
      this.#parsers.push(parser);
      await parser.build(head);
      this.#nn.out.link(parser.input);
    }
    return this;
  }

  /** @throws {ArcfaceError} as build. */
  async setFromModelZoo(description: NNModelDescription | string, _useCached = true): Promise<this> {
    const pipeline = this.getParentPipeline();
    return this.setNNArchive(await resolveArchive(pipeline.getDefaultDevice(), description, pipeline.signal));
  }

  /** @param path of an NN archive or a card. @throws {ArcfaceError} as build. */
  setModelPath(path: string): Promise<this> {
    return this.setFromModelZoo(path);
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT always: see NeuralNetwork. */
  setBlob(blob: unknown): never {
    return this.#nn.setBlob(blob);
  }

  setNumInferenceThreads(count: number): this {
    this.#nn.setNumInferenceThreads(count);
    return this;
  }

  getNumInferenceThreads(): number {
    return this.#nn.getNumInferenceThreads();
  }

  setMaxBatch(count: number): this {
    this.#nn.setMaxBatch(count);
    return this;
  }

  setNumPoolFrames(count: number): this {
    this.#nn.setNumPoolFrames(count);
    return this;
  }

  setNumNCEPerInferenceThread(count: number): this {
    this.#nn.setNumNCEPerInferenceThread(count);
    return this;
  }

  setNumShavesPerInferenceThread(count: number): this {
    this.#nn.setNumShavesPerInferenceThread(count);
    return this;
  }

  setBackend(backend: string): this {
    this.#nn.setBackend(backend);
    return this;
  }

  setBackendProperties(properties: Readonly<Record<string, string>>): this {
    this.#nn.setBackendProperties(properties);
    return this;
  }

  /** Its nodes do the work. */
  protected override async run(): Promise<void> {}

  /** Made when first asked for: before, the node belongs to no pipeline. */
  get #nn(): NeuralNetwork {
    this.#network ??= this.createSubnode(NeuralNetwork);
    return this.#network;
  }

  #makeSync(): Sync {
    const sync = this.createSubnode(Sync);
    for (const [i, parser] of this.#parsers.entries()) parser.out.link(sync.inputs.get(`${i}`));
    return sync;
  }
}

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT where there are none. */
function headsOf(archive: NNArchive): HeadConfig[] {
  const { heads, inputs, outputs } = archive.getConfig().model;
  if (!heads || heads.length === 0) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${archive.name}: No heads defined in the NN Archive.`, {
      hint: "NeuralNetwork runs it and gives its outputs as they are",
    });
  }
  return heads.map((head) => ({
    ...head.metadata,
    parser: head.parser,
    outputs: head.outputs ?? outputs.map(({ name }) => name),
    model_inputs: inputs.map(({ shape, layout }) => ({ shape, layout })),
  }));
}
