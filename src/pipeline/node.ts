import { ArcfaceError } from "../errors.ts";
import { Input, type InputOptions } from "./input.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { NodeHome } from "./node-home.ts";
import { Output, type OutputOptions } from "./output.ts";
import { Tracer } from "./tracer.ts";

/**
 * A step of a pipeline, with inputs and outputs. `pipeline.create(Class, …)` makes one; ThreadedHostNode and HostNode are
 * what one derives from.
 */
export abstract class Node {
  /** Where its time goes, and how long messages take in it. */
  readonly tracer: Tracer = new Tracer();
  #id = -1;
  #home: NodeHome | null = null;
  readonly #inputs: Input[] = [];
  readonly #outputs: Output[] = [];
  readonly #subnodes: Node[] = [];

  /** Its number in the pipeline, from 0; −1 before it belongs to one. */
  get id(): number {
    return this.#id;
  }

  /** What errors and drawings call it: the class's name. Bundlers shorten those: override it where that matters. */
  getName(): string {
    return this.constructor.name;
  }

  getInputs(): readonly Input[] {
    return this.#inputs;
  }

  getOutputs(): readonly Output[] {
    return this.#outputs;
  }

  /** Nodes that this one is made of. */
  getSubnodes(): readonly Node[] {
    return this.#subnodes;
  }

  /** `null` where the node belongs to no pipeline. */
  getHome(): NodeHome | null {
    return this.#home;
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the node belongs to no pipeline. */
  getParentPipeline(): NodeHome {
    if (this.#home) return this.#home;
    throw new ArcfaceError("INVALID_ARGUMENT", `${this.getName()}: expected a node of a pipeline, got one of none`, {
      hint: "pipeline.create(Class) makes one, pipeline.add(node) takes one in",
    });
  }

  createInput<T extends Buffer = Buffer>(options: InputOptions<T> = {}): Input<T> {
    const input = new Input<T>(this, options);
    this.#inputs.push(input);
    return input;
  }

  createOutput<T extends Buffer = Buffer>(options: OutputOptions<T> = {}): Output<T> {
    const output = new Output<T>(this, options);
    this.#outputs.push(output);
    return output;
  }

  /** A node of this one's own, which the pipeline runs beside it. */
  createSubnode<N extends Node, Args extends readonly unknown[]>(type: new (...args: Args) => N, ...args: Args): N {
    const node = this.getParentPipeline().create(type, ...args);
    this.#subnodes.push(node);
    return node;
  }

  /** Take a node of this one's own out again. @throws {ArcfaceError} as Pipeline.remove. */
  removeSubnode(node: Node): void {
    this.getParentPipeline().remove(node);
    this.#subnodes.splice(this.#subnodes.indexOf(node), 1);
  }

  /** End the pipeline; does not wait for it. */
  stopPipeline(): void {
    this.getParentPipeline().stop();
  }

  /** Called by the pipeline that takes it in. @throws {ArcfaceError} CONFLICT where it belongs to one already. */
  attach(home: NodeHome, id: number): void {
    if (this.#home) throw new ArcfaceError("CONFLICT", `${this.getName()}: the node belongs to a pipeline already`);
    this.#home = home;
    this.#id = id;
  }

  /** Called by the pipeline that it is removed from. */
  detach(): void {
    this.#home = null;
    this.#id = -1;
  }

  /** Do messages begin here? A recording keeps what such a node sends, and a replay sends that in its place. */
  isSource(): boolean {
    return this.#outputs.length > 0 && !this.#inputs.some((input) => input.isConnected());
  }

  /** Called by the pipeline before it is built or started; throw to say what is missing. */
  checkBuilt(): void {}

  /** Called by the pipeline before any node runs. */
  onStart(): void | Promise<void> {}

  /** Called by the pipeline when the node has ended, however it did; its outputs have ended then. Not without onStart. */
  onStop(): void | Promise<void> {}

  /** Called by the pipeline when it starts; resolves when the node has ended. */
  abstract runToEnd(): Promise<void>;
}
