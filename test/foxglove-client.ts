import { createFileRegistry, type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { WebSocket } from "ws";

type Op = Record<string, unknown> & { readonly op: string };

export type Received = { readonly timestamp: bigint; readonly payload: Uint8Array };

/** A client of the Foxglove WebSocket protocol, written from its specification and from nothing of ours. */
export class FoxgloveTestClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly ops: Op[] = [];
  readonly #messages = new Map<number, Received[]>();
  readonly #answers = new Map<number, Uint8Array>();
  #nextCall = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (!isBinary) this.ops.push(JSON.parse(data.toString()) as Op);
      else if (data[0] === 1) {
        const id = data.readUInt32LE(1);
        const received = { timestamp: data.readBigUInt64LE(5), payload: new Uint8Array(data.subarray(13)) };
        this.#messages.set(id, [...this.received(id), received]);
      } else if (data[0] === 3) {
        this.#answers.set(data.readUInt32LE(5), new Uint8Array(data.subarray(13 + data.readUInt32LE(9))));
      } else throw new Error(`opcode ${data[0]}`);
    });
  }

  /** Resolves when the server has told what it has. */
  static async connect(url: string): Promise<FoxgloveTestClient> {
    const client = new FoxgloveTestClient(new WebSocket(url, "foxglove.websocket.v1"));
    await client.until("advertise", () => client.op("advertise"));
    return client;
  }

  /** The newest of that kind that fits. */
  op(name: string, fits: (op: Op) => boolean = () => true): Op | undefined {
    return this.ops.findLast((op) => op.op === name && fits(op));
  }

  /** The channel of a topic, once it is advertised. */
  async channel(topic: string): Promise<Record<string, string | number>> {
    const find = () =>
      this.ops
        .filter(({ op }) => op === "advertise")
        .flatMap(({ channels }) => channels as Record<string, string | number>[])
        .findLast((channel) => channel.topic === topic);
    return this.until(`channel ${topic}`, find);
  }

  /** @param id the client's own number of the subscription. */
  subscribe(id: number, channelId: unknown): void {
    this.socket.send(JSON.stringify({ op: "subscribe", subscriptions: [{ id, channelId }] }));
  }

  received(id: number): Received[] {
    return this.#messages.get(id) ?? [];
  }

  /** Subscribe to a topic and wait for so many of its messages. */
  async take(topic: string, id: number, count = 1): Promise<Received[]> {
    this.subscribe(id, (await this.channel(topic)).id);
    return this.until(`${count} of ${topic}`, () => this.received(id).length >= count && this.received(id));
  }

  /** A message, read by the schema that its channel advertises. */
  async read<T>(topic: string, payload: Uint8Array): Promise<T & Message> {
    return fromBinary(await this.schema(topic), payload) as T & Message;
  }

  async schema(topic: string): Promise<DescMessage> {
    const { schema, schemaName } = await this.channel(topic);
    const files = fromBinary(FileDescriptorSetSchema, Buffer.from(schema as string, "base64"));
    return createFileRegistry(files).getMessage(schemaName as string)!;
  }

  serviceId(name: string): number {
    const services = this.ops
      .filter(({ op }) => op === "advertiseServices")
      .flatMap(({ services: each }) => each as { id: number; name: string }[]);
    return services.find((service) => service.name === name)!.id;
  }

  /** @returns the answer's bytes, or the sentence of the failure. */
  async call(name: string, request: string | Uint8Array): Promise<Uint8Array | string> {
    const callId = this.#nextCall++;
    const header = Buffer.alloc(17);
    header.writeUInt8(2, 0);
    header.writeUInt32LE(this.serviceId(name), 1);
    header.writeUInt32LE(callId, 5);
    header.writeUInt32LE(4, 9);
    header.write("json", 13);
    this.socket.send(Buffer.concat([header, Buffer.from(request as string)]));
    const failed = () => this.op("serviceCallFailure", (op) => op.callId === callId)?.message as string | undefined;
    return this.until(`an answer of ${name}`, () => this.#answers.get(callId) ?? failed());
  }

  async callJson(name: string, request: unknown = {}): Promise<unknown> {
    const answer = await this.call(name, JSON.stringify(request));
    return typeof answer === "string" ? { failure: answer } : JSON.parse(Buffer.from(answer).toString());
  }

  async until<T>(what: string, find: () => T | Promise<T>): Promise<NonNullable<Exclude<T, false>>> {
    for (let waited = 0; waited < 10_000; waited += 5) {
      const found = await find();
      if (found !== undefined && found !== false && found !== null) return found as NonNullable<Exclude<T, false>>;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`waited 10 s for ${what}; got ${JSON.stringify(this.ops.map(({ op }) => op))}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.socket.terminate();
    await closed;
  }
}
