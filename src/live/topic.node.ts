import type { MessageQueue } from "../pipeline/message-queue.ts";
import type { Buffer as Message } from "../pipeline/messages/buffer.ts";
import type { FoxgloveServer } from "./foxglove-server.node.ts";
import type { WireForm, WireForms } from "./wire-forms.node.ts";

export type TopicOptions = {
  readonly name: string;
  readonly group: string;
  readonly queue: MessageQueue;
  /** Send what a message looks like, where it knows, in place of the message. */
  readonly visualize: boolean;
};

/** DepthAI's way for a message of one's own to be seen: it gives an ImgFrame or ImgAnnotations to show in its place. */
type Visible = { getVisualizationMessage(): Message | null | undefined };

/** Carries the messages of a queue to a channel, which it opens with the first of them. */
export class Topic {
  readonly group: string;
  readonly #name: string;
  readonly #queue: MessageQueue;
  readonly #visualize: boolean;
  readonly #server: FoxgloveServer;
  readonly #forms: WireForms;
  #channel: { readonly id: number; readonly schemaName: string } | null = null;
  /** A picture that is being compressed. */
  #writing: Promise<void> | null = null;
  #next: Message | null = null;
  #hasWarned = false;

  constructor({ name, group, queue, visualize }: TopicOptions, server: FoxgloveServer, forms: WireForms) {
    this.group = group;
    this.#name = name;
    this.#queue = queue;
    this.#visualize = visualize;
    this.#server = server;
    this.#forms = forms;
  }

  /** Resolves when the queue is closed. */
  async run(): Promise<void> {
    for await (const message of this.#queue) this.#take(message);
  }

  /** Takes effect at once; resolves when nothing of it is at work any more. */
  async close(): Promise<void> {
    this.#queue.close();
    this.#next = null;
    if (this.#channel) this.#server.removeChannel(this.#channel.id);
    await this.#writing;
  }

  #take(message: Message): void {
    const shown = this.#visualize ? visible(message) : message;
    const form = this.#forms.of(shown, this.#visualize);
    if (!form) this.#warn(`carries a ${shown.constructor.name} that cannot be shown`);
    else this.#publish(shown, form);
  }

  #publish(message: Message, form: WireForm): void {
    const { channel } = form;
    this.#channel ??= {
      id: this.#server.addChannel({ topic: this.#name, ...channel }),
      schemaName: channel.schemaName,
    };
    if (this.#channel.schemaName !== channel.schemaName) {
      this.#warn(`carries ${channel.schemaName || "JSON"} beside ${this.#channel.schemaName || "JSON"}`);
    } else if (channel.keep || this.#server.isWatched(this.#channel.id)) {
      // While one is written only the newest waits; memory is bounded by the two.
      if (this.#writing) this.#next = message;
      else this.#write(message, form, this.#channel.id);
    }
  }

  #write(message: Message, form: WireForm, channelId: number): void {
    try {
      const payload = form.write(message);
      if (payload instanceof Promise) this.#writing = this.#finish(payload, form, channelId);
      else this.#server.publish(channelId, payload);
    } catch (error) {
      this.#warn(`cannot be shown: ${(error as Error).message}`);
    }
  }

  async #finish(payload: Promise<Uint8Array>, form: WireForm, channelId: number): Promise<void> {
    try {
      this.#server.publish(channelId, await payload);
    } catch (error) {
      this.#warn(`cannot be shown: ${(error as Error).message}`);
    }
    this.#writing = null;
    const next = this.#next;
    this.#next = null;
    if (next) this.#write(next, form, channelId);
  }

  #warn(what: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#server.warn(`topic ${this.#name} ${what}`);
  }
}

function visible(message: Message): Message {
  const { getVisualizationMessage } = message as Message & Partial<Visible>;
  return getVisualizationMessage?.call(message) ?? message;
}
