import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { ArcfaceError } from "../errors.ts";
import { FoxgloveClient } from "./foxglove-client.node.ts";
import { type ServiceCall, SUBPROTOCOL } from "./wire/frames.ts";
import type { Channel, Service } from "./wire/ops.ts";

export type ChannelOptions = Omit<Channel, "id"> & {
  /** Messages that wait at most for a client that is slow; then the oldest goes. */
  readonly limit: number;
  /** The newest so many are kept, and sent to who subscribes later. */
  readonly keep?: number;
};

export type ServiceOptions = {
  readonly name: string;
  readonly type: "json" | "binary";
  /** @throws where the request is wrong: the client is told the error's message. */
  call(request: Uint8Array): Uint8Array | Promise<Uint8Array>;
};

type Kept = { readonly payload: Uint8Array; readonly timestamp: bigint };
type OpenChannel = ChannelOptions & { readonly id: number; readonly kept: Kept[] };
type OpenService = ServiceOptions & { readonly id: number };

/** What a client sends is subscriptions and calls. */
const MAX_PAYLOAD_BYTES = 1024 * 1024;
const MAX_CLIENTS = 32;
const KEPT_WARNINGS = 20;
const PING_MS = 15_000;

/** A server of the Foxglove WebSocket protocol: channels that clients subscribe to, services that they call. */
export class FoxgloveServer {
  readonly #name: string;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false, // JPEG does not get smaller
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #sessionId = randomUUID();
  readonly #clients = new Set<FoxgloveClient>();
  readonly #channels = new Map<number, OpenChannel>();
  readonly #services = new Map<number, OpenService>();
  readonly #warnings: string[] = [];
  readonly #pings: NodeJS.Timeout;
  #nextId = 1;

  constructor(name: string) {
    this.#name = name;
    this.#pings = setInterval(() => {
      for (const client of this.#clients) client.checkAlive();
    }, PING_MS).unref();
  }

  /** Take over a connection that an HTTP server was asked to upgrade. Who may come is the caller's to judge. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim()) ?? [];
    if (!offered.includes(SUBPROTOCOL)) refuse(socket, "400 Bad Request", `expected subprotocol ${SUBPROTOCOL}`);
    else if (this.#clients.size >= MAX_CLIENTS) refuse(socket, "503 Service Unavailable", "too many clients");
    else this.#welcome(request, socket, head);
  }

  addChannel(options: ChannelOptions): number {
    const channel = { ...options, id: this.#nextId++, kept: [] };
    this.#channels.set(channel.id, channel);
    for (const client of this.#clients) client.tell({ op: "advertise", channels: [toChannel(channel)] });
    return channel.id;
  }

  removeChannel(id: number): void {
    if (!this.#channels.delete(id)) return;
    for (const client of this.#clients) {
      client.forget(id);
      client.tell({ op: "unadvertise", channelIds: [id] });
    }
  }

  /** Would anybody see a message of this channel? */
  isWatched(id: number): boolean {
    return [...this.#clients].some((client) => client.isSubscribed(id));
  }

  publish(id: number, payload: Uint8Array): void {
    const channel = this.#channels.get(id);
    if (!channel) return;
    const { kept, keep = 0, limit } = channel;
    const timestamp = BigInt(Date.now()) * 1_000_000n;
    kept.push({ payload, timestamp });
    if (kept.length > keep) kept.shift();
    for (const client of this.#clients) client.publish(id, timestamp, payload, limit);
  }

  /** @throws {ArcfaceError} CONFLICT where there is one of that name. */
  addService(options: ServiceOptions): void {
    if ([...this.#services.values()].some(({ name }) => name === options.name)) {
      throw new ArcfaceError("CONFLICT", `live view: there is a service ${options.name} already`);
    }
    const service = { ...options, id: this.#nextId++ };
    this.#services.set(service.id, service);
    for (const client of this.#clients) client.tell({ op: "advertiseServices", services: [toService(service)] });
  }

  /** A sentence that clients may show, and those that come later. */
  warn(message: string): void {
    this.#warnings.push(message);
    if (this.#warnings.length > KEPT_WARNINGS) this.#warnings.shift();
    for (const client of this.#clients) client.tell({ op: "status", level: 1, message });
  }

  close(): void {
    clearInterval(this.#pings);
    for (const client of this.#clients) client.close();
  }

  #welcome(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new FoxgloveClient(webSocket, {
        subscribed: (each, channelId) => this.#subscribed(each, channelId),
        call: (call) => this.#call(call),
      });
      this.#clients.add(client);
      webSocket.on("close", () => this.#clients.delete(client));
      client.tell({
        op: "serverInfo",
        name: this.#name,
        capabilities: ["services"],
        supportedEncodings: ["json", "binary"],
        sessionId: this.#sessionId,
      });
      // Services first: who learns of a channel can ask for its group at once.
      client.tell({ op: "advertiseServices", services: [...this.#services.values()].map(toService) });
      client.tell({ op: "advertise", channels: [...this.#channels.values()].map(toChannel) });
      for (const message of this.#warnings) client.tell({ op: "status", level: 1, message });
    });
  }

  #subscribed(client: FoxgloveClient, channelId: number): boolean {
    const channel = this.#channels.get(channelId);
    if (!channel) return false;
    const { kept, keep = 0 } = channel;
    for (const { payload, timestamp } of kept) client.publish(channelId, timestamp, payload, keep);
    return true;
  }

  async #call({ serviceId, payload }: ServiceCall): Promise<Uint8Array> {
    const service = this.#services.get(serviceId);
    if (!service) throw new ArcfaceError("NOT_FOUND", `live view: there is no service ${serviceId}`);
    return service.call(payload);
  }
}

/** Answer a request to upgrade with an HTTP error. */
export function refuse(socket: Duplex, status: string, reason: string): void {
  socket.on("error", () => {});
  const headers = `Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(reason)}`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${reason}`);
}

function toChannel({ id, topic, encoding, schemaName, schema }: OpenChannel): Channel {
  return { id, topic, encoding, schemaName, schema };
}

function toService({ id, name, type }: OpenService): Service {
  const side = (part: string) => ({ encoding: type, schemaName: `${name}${part}`, schemaEncoding: "", schema: "" });
  return {
    id,
    name,
    type,
    request: side("Request"),
    response: side("Response"),
    requestSchema: "",
    responseSchema: "",
  };
}
