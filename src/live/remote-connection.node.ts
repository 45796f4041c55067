import { createServer, type IncomingMessage, type Server } from "node:http";
import { hostname } from "node:os";
import packageJson from "../../package.json" with { type: "json" };
import { ArcfaceError, expected } from "../errors.ts";
import { MessageQueue } from "../pipeline/message-queue.ts";
import type { Buffer as Message } from "../pipeline/messages/buffer.ts";
import type { Output } from "../pipeline/output.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { FoxgloveServer, refuse } from "./foxglove-server.node.ts";
import { close, listen } from "./http.node.ts";
import { Keys } from "./keys.ts";
import { type ConnectRules, mayConnect } from "./may-connect.ts";
import { servePage } from "./page-files.node.ts";
import { pipelineState } from "./pipeline-state.ts";
import { Topic, type TopicOptions } from "./topic.node.ts";
import { WireForms } from "./wire-forms.node.ts";

export type RemoteConnectionOptions = {
  /** Default: this machine alone. `0.0.0.0`, DepthAI's default, shows the pictures to whoever can reach the machine. */
  readonly address?: string;
  /** Of the Foxglove protocol; 0 takes a free one. */
  readonly webSocketPort?: number;
  /** Serve the page, too? */
  readonly serveFrontend?: boolean;
  /** Of the page; 0 takes a free one. */
  readonly httpPort?: number;
  /** Of pictures as they are shown, 1–100. */
  readonly jpegQuality?: number;
  /** Names that clients may ask for, beside addresses, `localhost` and this machine's own name. */
  readonly allowedHosts?: readonly string[];
  /** Pages of other sites that may connect: `https://app.foxglove.dev`. */
  readonly allowedOrigins?: readonly string[];
};

export type LiveAddresses = {
  readonly webSocketPort: number;
  /** `null` where no page is served. */
  readonly httpPort: number | null;
  /** What to open in a browser; `null` likewise. */
  readonly url: string | null;
  /** What a visualiser of the Foxglove protocol connects to. */
  readonly webSocketUrl: string;
};

/**
 * A pipeline, seen live: what DepthAI's class of this name does, on its ports and by its protocol, so that DepthAI's
 * visualiser can connect, and a page of our own.
 *
 *     await using remote = new RemoteConnection();
 *     remote.addTopic("Video", camera.out, "images");
 *     remote.addTopic("Faces", nn.out, "images");
 *     console.log((await remote.ready()).url);
 *     remote.registerPipeline(pipeline);
 *     await pipeline.start();
 *     while (pipeline.isRunning()) if ((await remote.waitKey(100)) === "q".charCodeAt(0)) pipeline.stop();
 *
 * Memory is bounded whatever clients do: of pictures 3 wait for each that is slow, of what is drawn over them 5, and the
 * oldest go. Nothing is compressed or sent while nobody watches.
 */
export class RemoteConnection implements AsyncDisposable {
  readonly #foxglove = new FoxgloveServer("DepthAI RemoteConnection");
  readonly #forms: WireForms;
  readonly #topics = new Map<string, Topic>();
  readonly #keys = new Keys();
  readonly #rules: ConnectRules;
  readonly #servers: Server[] = [];
  readonly #ready: Promise<LiveAddresses>;
  #isClosed = false;

  /** It begins to listen at once; `ready` tells whether it could. @throws {ArcfaceError} INVALID_ARGUMENT */
  constructor({
    address = "127.0.0.1",
    webSocketPort = 8765,
    serveFrontend = true,
    httpPort = 8082,
    jpegQuality = 80,
    allowedHosts = [],
    allowedOrigins = [],
  }: RemoteConnectionOptions = {}) {
    if (!(Number.isInteger(jpegQuality) && jpegQuality >= 1 && jpegQuality <= 100)) {
      throw expected("RemoteConnection", "a jpegQuality of 1 to 100", `${jpegQuality}`);
    }
    this.#forms = new WireForms(jpegQuality);
    const own = hostname().toLowerCase();
    this.#rules = { allowedHosts: [own, `${own}.local`, ...allowedHosts], allowedOrigins };
    this.#ready = this.#open(address, webSocketPort, serveFrontend ? httpPort : null);
    this.#ready.catch(() => {}); // told by ready and waitKey
    this.#addServices();
  }

  /**
   * Where it is reached, once it listens.
   *
   * @throws {ArcfaceError} CONFLICT where a port is taken; INVALID_ARGUMENT where the address is none of this machine's;
   * IO where the system refuses.
   */
  ready(): Promise<LiveAddresses> {
    return this.#ready;
  }

  /**
   * Show what leaves an output, or what the program writes into the queue that is returned. What is in one group belongs
   * together: detections are drawn over pictures.
   *
   * Shown are ImgFrame, ImgDetections, Tracklets, ImgAnnotations; any other Buffer whose bytes are JSON, as an event; and
   * a message of one's own with a method `getVisualizationMessage`, as what that gives.
   *
   * @param useVisualizationIfAvailable false: send what DepthAI would, pixels as they are and messages as themselves.
   * @throws {ArcfaceError} CONFLICT where there is a topic of that name.
   */
  addTopic<T extends Message>(
    name: string,
    output: Output<T>,
    group?: string,
    useVisualizationIfAvailable?: boolean,
  ): void;
  addTopic(
    name: string,
    group?: string,
    maxSize?: number,
    blocking?: boolean,
    useVisualizationIfAvailable?: boolean,
  ): MessageQueue;
  addTopic(
    name: string,
    source: Output | string = "",
    groupOrSize: string | number = typeof source === "string" ? 16 : "",
    blockingOrVisualize = typeof source !== "string",
    visualize = true,
  ): MessageQueue | undefined {
    if (typeof source !== "string") {
      const queue = source.createOutputQueue();
      this.#addTopic({ name, group: String(groupOrSize), queue, visualize: blockingOrVisualize });
      return undefined;
    }
    const queue = new MessageQueue({ maxSize: Number(groupOrSize), blocking: blockingOrVisualize, name });
    this.#addTopic({ name, group: source, queue, visualize });
    return queue;
  }

  /** @returns false where there is no topic of that name. */
  removeTopic(name: string): boolean {
    void this.#topics.get(name)?.close();
    return this.#topics.delete(name);
  }

  /** Show its nodes, how they are linked, and what goes through them. @throws {ArcfaceError} CONFLICT after the first. */
  registerPipeline(pipeline: Pipeline): void {
    this.registerService("pipelineSchema", () => pipeline.serializeToJson());
    this.registerService("fullPipelineSchema", () => pipeline.serializeToJson());
    this.registerService("pipelineState", () => pipelineState(pipeline));
  }

  /**
   * Let clients call a function. @param callback gets the request's JSON, `null` where there was none; what it gives goes
   * back as JSON; what it throws is told to the client.
   *
   * @throws {ArcfaceError} CONFLICT where there is a service of that name.
   */
  registerService(name: string, callback: (request: unknown) => unknown): void {
    const call = async (request: Uint8Array) => toBytes(JSON.stringify((await callback(parseJson(request))) ?? null));
    this.#foxglove.addService({ name, type: "json", call });
  }

  /** As registerService, with bytes. */
  registerBinaryService(name: string, callback: (request: Uint8Array) => Uint8Array | Promise<Uint8Array>): void {
    this.#foxglove.addService({ name, type: "binary", call: callback });
  }

  /**
   * The key that was pressed on the page since the last call, or is within the time, as its character's code.
   *
   * @param delayMs 0 and below: until one is.
   * @returns −1 where none was.
   * @throws {ArcfaceError} as ready.
   */
  async waitKey(delayMs: number): Promise<number> {
    if (!this.#isClosed) await this.#ready;
    return this.#keys.wait(delayMs);
  }

  /** Clients are told to leave, ports are let go. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#topics.values()].map((topic) => topic.close()));
    this.#topics.clear();
    await this.#ready.catch(() => {});
    this.#foxglove.close();
    this.#keys.close();
    await Promise.all(this.#servers.map(close));
  }

  #addTopic(options: TopicOptions): void {
    if (this.#topics.has(options.name)) {
      options.queue.close();
      throw new ArcfaceError("CONFLICT", `live view: there is a topic ${options.name} already`);
    }
    const topic = new Topic(options, this.#foxglove, this.#forms);
    this.#topics.set(options.name, topic);
    void topic.run();
  }

  #addServices(): void {
    this.registerService("topicGroups", () =>
      Object.fromEntries([...this.#topics].map(([name, { group }]) => [name, group])),
    );
    this.registerService("keyPressed", (request) => {
      const { key } = (request ?? {}) as { readonly key?: unknown };
      if (typeof key !== "string" || key.length !== 1) {
        return { error: "Invalid key pressed. Expected a single character" };
      }
      this.#keys.press(key.charCodeAt(0));
      return { status: "Received key" };
    });
    // The version itself and no JSON of it, as DepthAI answers.
    this.#foxglove.addService({ name: "libraryVersion", type: "json", call: () => toBytes(packageJson.version) });
  }

  async #open(address: string, webSocketPort: number, httpPort: number | null): Promise<LiveAddresses> {
    const foxglove = this.#serve((_, response) => void response.writeHead(426).end("expected a WebSocket"));
    const page = httpPort === null ? null : this.#serve((...exchange) => void servePage(...exchange));
    try {
      const at = isIPv6(address) ? `[${address}]` : address === "0.0.0.0" ? "localhost" : address;
      const ws = await listen(foxglove, address, webSocketPort, "webSocketPort");
      const http = page && (await listen(page, address, httpPort!, "httpPort"));
      const url = http === null ? null : `http://${at}:${http}/`;
      return { webSocketPort: ws, httpPort: http, url, webSocketUrl: `ws://${at}:${ws}/` };
    } catch (error) {
      await Promise.all(this.#servers.map(close));
      throw error;
    }
  }

  /** The page's own server takes WebSockets too: the page needs no other address than its own. */
  #serve(answer: Parameters<typeof createServer>[1]): Server {
    const isWelcome = ({ headers }: IncomingMessage): boolean => mayConnect(headers, this.#rules);
    const server = createServer((request, response) => {
      if (isWelcome(request)) answer!(request, response);
      else response.writeHead(403).end("forbidden");
    });
    server.on("upgrade", (request, socket, head) => {
      if (isWelcome(request)) this.#foxglove.accept(request, socket, head);
      else refuse(socket, "403 Forbidden", "this page or name may not connect");
    });
    server.on("error", () => {}); // of listening: told by listen
    this.#servers.push(server);
    return server;
  }
}

function isIPv6(address: string): boolean {
  return address.includes(":");
}

function parseJson(bytes: Uint8Array): unknown {
  return bytes.length === 0 ? null : JSON.parse(new TextDecoder().decode(bytes));
}

function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
