/** What a queue needs of a WebSocket. */
export type Socket = {
  /** Bytes handed over that the network has not taken yet. */
  readonly bufferedAmount: number;
  send(frame: Uint8Array, sent: (error?: Error | null) => void): void;
};

type Waiting = { readonly channel: number; readonly frame: () => Uint8Array };

/** While so many bytes lie in the socket it is given no more: what waits here can still be replaced by what is newer. */
const FULL_BYTES = 256 * 1024;

/**
 * Messages to one client, with bounded memory however slow it reads: of each channel a few wait, and a newer one takes the
 * place of the oldest. Messages keep their order.
 */
export class SendQueue {
  readonly #socket: Socket;
  #waiting: Waiting[] = [];
  #dropped = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Messages that were given up because newer ones came. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Messages that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * @param limit messages of the channel that wait at most.
   * @param frame makes the bytes when their turn comes.
   */
  push(channel: number, limit: number, frame: () => Uint8Array): void {
    const mine = this.#waiting.filter((waiting) => waiting.channel === channel);
    if (mine.length >= limit) {
      this.#waiting.splice(this.#waiting.indexOf(mine[0]!), 1);
      this.#dropped++;
    }
    this.#waiting.push({ channel, frame });
    this.#pump();
  }

  /** Forget what waits of a channel. */
  forget(channel: number): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.channel !== channel);
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#socket.bufferedAmount < FULL_BYTES) {
      this.#socket.send(this.#waiting.shift()!.frame(), (error) => {
        if (!error) this.#pump();
      });
    }
  }
}
