import type { WebSocket } from "ws";
import { parseClientOp } from "./client-op.ts";
import { SendQueue } from "./send-queue.ts";
import { messageHeader, readServiceRequest, type ServiceCall, writeServiceResponse } from "./wire/frames.ts";
import type { ServerOp } from "./wire/ops.ts";

/** What a client asks of the server. */
export type ClientHandlers = {
  /** @returns false where there is no such channel. */
  subscribed(client: FoxgloveClient, channelId: number): boolean;
  /** Resolves with the answer's payload. Throws where there is none; the client is told why. */
  call(call: ServiceCall): Promise<Uint8Array>;
};

/** A client that leaves so many bytes of answers unread is no client. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
const MAX_CALLS = 64;

/** One connection of the Foxglove WebSocket protocol, as the server sees it. */
export class FoxgloveClient {
  readonly #socket: WebSocket;
  readonly #handlers: ClientHandlers;
  readonly #queue: SendQueue;
  /** Channel → the client's own number for its subscription. */
  readonly #subscriptions = new Map<number, number>();
  #calls = 0;
  #isAlive = true;

  constructor(socket: WebSocket, handlers: ClientHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#queue = new SendQueue(socket);
    socket.on("message", (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    // Frames that are too long or malformed: the socket closes itself.
    socket.on("error", () => {});
  }

  isSubscribed(channelId: number): boolean {
    return this.#subscriptions.has(channelId);
  }

  tell(op: ServerOp): void {
    this.#send(JSON.stringify(op));
  }

  /** Send a message to it, if it has subscribed to the channel. @param limit see SendQueue.push. */
  publish(channelId: number, timestamp: bigint, payload: Uint8Array, limit: number): void {
    const id = this.#subscriptions.get(channelId);
    if (id === undefined) return;
    this.#queue.push(channelId, limit, () => Buffer.concat([messageHeader(id, timestamp), payload]));
  }

  /** The channel is gone. */
  forget(channelId: number): void {
    this.#subscriptions.delete(channelId);
    this.#queue.forget(channelId);
  }

  /** Cut it off where it has not answered since the last time. */
  checkAlive(): void {
    if (this.#isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.#isAlive = false;
  }

  /** Ask it to leave, and cut it off where it does not. */
  close(): void {
    this.#socket.close(1001, "the live view has ended");
    setTimeout(() => this.#socket.terminate(), 500).unref();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.#receiveCall(data);
    else this.#receiveOp(data.toString("utf8"));
  }

  #receiveOp(text: string): void {
    const op = parseClientOp(text);
    if (typeof op === "string") this.#complain(op);
    else if (op.op === "unsubscribe") this.#unsubscribe(new Set(op.subscriptionIds));
    else for (const { id, channelId } of op.subscriptions) this.#subscribe(id, channelId);
  }

  #subscribe(id: number, channelId: number): void {
    if (this.#subscriptions.has(channelId) || [...this.#subscriptions.values()].includes(id)) {
      this.#complain(`expected one subscription a channel, of a number of its own, got ${id} for channel ${channelId}`);
      return;
    }
    this.#subscriptions.set(channelId, id);
    if (this.#handlers.subscribed(this, channelId)) return;
    this.#subscriptions.delete(channelId);
    this.#complain(`expected a channel that was advertised, got ${channelId}`);
  }

  #unsubscribe(ids: ReadonlySet<number>): void {
    for (const [channelId, id] of this.#subscriptions) if (ids.has(id)) this.forget(channelId);
  }

  #receiveCall(data: Buffer): void {
    const call = readServiceRequest(data);
    if (!call) this.#complain("expected a service call, got another binary message");
    else if (this.#calls >= MAX_CALLS) this.#fail(call, `more than ${MAX_CALLS} calls at once`);
    else void this.#call(call);
  }

  async #call(call: ServiceCall): Promise<void> {
    this.#calls++;
    try {
      const payload = await this.#handlers.call(call);
      this.#send(writeServiceResponse({ ...call, payload }));
    } catch (error) {
      this.#fail(call, error instanceof Error ? error.message : String(error));
    } finally {
      this.#calls--;
    }
  }

  #fail({ serviceId, callId }: ServiceCall, message: string): void {
    this.tell({ op: "serviceCallFailure", serviceId, callId, message });
  }

  #complain(message: string): void {
    this.tell({ op: "status", level: 1, message });
  }

  #send(frame: string | Uint8Array): void {
    if (this.#socket.bufferedAmount > MAX_UNREAD_BYTES) this.#socket.terminate();
    else this.#socket.send(frame, () => {});
  }
}
