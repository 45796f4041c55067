import {
  type MessageData,
  readMessageData,
  readServiceResponse,
  SUBPROTOCOL,
  writeServiceRequest,
} from "../wire/frames.ts";
import type { Channel, ServerOp } from "../wire/ops.ts";

export type ConnectionHandlers = {
  /** It is there, or it is not; then another is tried for. */
  onState(isConnected: boolean): void;
  /** Another server than before, or the same anew: nothing is known of its channels yet. */
  onServer(): void;
  onChannel(channel: Channel): void;
  onChannelGone(id: number): void;
  onServices(): void;
  onMessage(channelId: number, message: MessageData): void;
  onNote(message: string): void;
};

type Call = { resolve(payload: Uint8Array): void; reject(error: Error): void };

const RETRY_MS = 1500;

/** A client of the Foxglove protocol, which comes back when the connection is lost. */
export class Connection {
  readonly #url: string;
  readonly #handlers: ConnectionHandlers;
  readonly #subscribed = new Set<number>();
  readonly #services = new Map<string, number>();
  readonly #calls = new Map<number, Call>();
  #socket: WebSocket | null = null;
  #isWatching = true;
  #nextCall = 1;

  constructor(url: string, handlers: ConnectionHandlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#open();
  }

  hasService(name: string): boolean {
    return this.#services.has(name);
  }

  /** @returns what the service answers, as text. Rejects where there is none, or it refuses. */
  async call(name: string, request: unknown = {}): Promise<string> {
    const serviceId = this.#services.get(name);
    if (serviceId === undefined) throw new Error(`there is no service ${name}`);
    const callId = this.#nextCall++;
    const payload = new TextEncoder().encode(JSON.stringify(request));
    const answer = new Promise<Uint8Array>((resolve, reject) => this.#calls.set(callId, { resolve, reject }));
    this.#socket?.send(
      writeServiceRequest({ serviceId, callId, encoding: "json", payload }) as Uint8Array<ArrayBuffer>,
    );
    return new TextDecoder().decode(await answer);
  }

  /** A subscription has its channel's number. */
  subscribe(channelId: number): void {
    this.#subscribed.add(channelId);
    if (this.#isWatching) this.#sendSubscriptions([channelId]);
  }

  /** Have messages sent, or not: a page that nobody sees costs the program nothing. */
  watch(isWatching: boolean): void {
    if (this.#isWatching === isWatching) return;
    this.#isWatching = isWatching;
    const ids = [...this.#subscribed];
    if (isWatching) this.#sendSubscriptions(ids);
    else this.#send({ op: "unsubscribe", subscriptionIds: ids });
  }

  #open(): void {
    const socket = new WebSocket(this.#url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#handlers.onState(true);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") this.#receive(JSON.parse(data) as ServerOp);
      else this.#receiveBinary(new Uint8Array(data));
    };
    socket.onclose = () => this.#lost();
    this.#socket = socket;
  }

  #lost(): void {
    this.#subscribed.clear();
    this.#services.clear();
    for (const { reject } of this.#calls.values()) reject(new Error("the connection is lost"));
    this.#calls.clear();
    this.#handlers.onState(false);
    setTimeout(() => this.#open(), RETRY_MS);
  }

  #receive(op: ServerOp): void {
    if (op.op === "serverInfo") this.#handlers.onServer();
    else if (op.op === "status") this.#handlers.onNote(op.message);
    else if (op.op === "advertise") for (const channel of op.channels) this.#handlers.onChannel(channel);
    else if (op.op === "unadvertise") for (const id of op.channelIds) this.#gone(id);
    else if (op.op === "serviceCallFailure") this.#take(op.callId)?.reject(new Error(op.message));
    else if (op.op === "advertiseServices") {
      for (const { name, id } of op.services) this.#services.set(name, id);
      this.#handlers.onServices();
    }
  }

  #gone(id: number): void {
    this.#subscribed.delete(id);
    this.#handlers.onChannelGone(id);
  }

  #receiveBinary(frame: Uint8Array): void {
    const message = readMessageData(frame);
    if (message) this.#handlers.onMessage(message.subscriptionId, message);
    const response = message ? null : readServiceResponse(frame);
    if (response) this.#take(response.callId)?.resolve(response.payload);
  }

  #take(callId: number): Call | undefined {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    return call;
  }

  #sendSubscriptions(ids: readonly number[]): void {
    this.#send({ op: "subscribe", subscriptions: ids.map((id) => ({ id, channelId: id })) });
  }

  #send(op: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(op));
  }
}
