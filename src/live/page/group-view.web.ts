import type { MessageName, Read } from "../wire/message-types.ts";
import { PACKAGE } from "../wire/messages.ts";
import type { Channel } from "../wire/ops.ts";
import { readMessage } from "../wire/read-message.ts";
import { element } from "./dom.web.ts";
import { EventList } from "./event-list.web.ts";
import type { Stamps } from "./frame-buffer.ts";
import type { Overlay } from "./overlay.web.ts";
import { encodedPicture, type Picture, rawPicture } from "./picture.web.ts";
import { RateMeter } from "./rate-meter.ts";
import { VideoTile } from "./video-tile.web.ts";

/** What a topic of the group does with a message, and with being removed. */
type TopicView = {
  take(payload: Uint8Array, timestamp: bigint): void;
  tell(now: number): void;
  remove(): void;
};

/** Topics that belong together: videos, and what is drawn over each of them. */
export class GroupView {
  readonly element: HTMLElement;
  readonly #tiles = element("div", { class: "tiles" });
  readonly #rows = element("div");
  readonly #videos = new Map<string, VideoTile>();
  readonly #topics = new Map<number, TopicView>();

  constructor(group: string) {
    this.element = element("section", {}, element("h2", {}, group || "Topics"), this.#tiles, this.#rows);
  }

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  add({ id, topic, encoding, schemaName }: Channel): void {
    if (encoding === "json") this.#topics.set(id, this.#events(topic));
    else this.#topics.set(id, (this.#views[schemaName] ?? this.#unknown(schemaName))(topic));
  }

  remove(channelId: number): void {
    this.#topics.get(channelId)?.remove();
    this.#topics.delete(channelId);
  }

  take(channelId: number, payload: Uint8Array, timestamp: bigint): void {
    this.#topics.get(channelId)?.take(payload, timestamp);
  }

  /** Called before each repaint. */
  tick(now: number): void {
    for (const video of this.#videos.values()) video.tick(now);
  }

  /** Called every second or so. */
  tell(now: number): void {
    for (const topic of this.#topics.values()) topic.tell(now);
  }

  /** How each kind of message is shown. */
  readonly #views: Readonly<Record<string, (topic: string) => TopicView>> = {
    [`${PACKAGE}encoded_frame.EncodedFrame`]: (topic) =>
      this.#video(topic, "encoded_frame.EncodedFrame", encodedPicture),
    [`${PACKAGE}img_frame.ImgFrame`]: (topic) => this.#video(topic, "img_frame.ImgFrame", rawPicture),
    [`${PACKAGE}img_detections.ImgDetections`]: (topic) =>
      this.#overlay(topic, "img_detections.ImgDetections", (message) => [
        { kind: "detections", message },
        message.detections.length,
      ]),
    [`${PACKAGE}image_annotations.ImageAnnotations`]: (topic) =>
      this.#overlay(topic, "image_annotations.ImageAnnotations", (message) => [
        { kind: "annotations", message },
        message.annotations.length,
      ]),
  };

  #video<N extends MessageName>(topic: string, name: N, toPicture: (message: Read<N>) => Picture): TopicView {
    const tile = new VideoTile(topic);
    this.#videos.set(topic, tile);
    this.#tiles.append(tile.element);
    return {
      take: (payload) => {
        const message = readMessage(name, payload);
        tile.addPicture(message as unknown as Stamps, toPicture(message));
      },
      tell: (now) => tile.tell(now),
      remove: () => {
        this.#videos.delete(topic);
        tile.element.remove();
      },
    };
  }

  #overlay<N extends MessageName>(
    topic: string,
    name: N,
    read: (message: Read<N>) => [overlay: Overlay, count: number],
  ): TopicView {
    const checkbox = element("input", { type: "checkbox", checked: true });
    const { row, fact } = this.#row(element("label", {}, checkbox, topic));
    const rate = new RateMeter();
    let found = 0;
    const hide = () => {
      for (const video of this.#videos.values()) video.removeOverlay(topic);
    };
    checkbox.addEventListener("change", () => {
      if (!checkbox.checked) hide();
    });
    return {
      take: (payload) => {
        const message = readMessage(name, payload);
        const [overlay, count] = read(message);
        found = count;
        rate.tick(performance.now());
        if (!checkbox.checked) return;
        for (const video of this.#videos.values()) {
          video.addOverlay(topic, message as unknown as Stamps, overlay);
        }
      },
      tell: (now) => {
        fact.textContent = `${found} found · ${rate.perSecond(now).toFixed(1)}/s`;
      },
      remove: () => {
        hide();
        row.remove();
      },
    };
  }

  #events(topic: string): TopicView {
    const list = new EventList();
    const { row, fact } = this.#row(topic);
    this.#rows.append(list.element);
    let count = 0;
    return {
      take: (payload, timestamp) => {
        list.add(payload, timestamp);
        fact.textContent = `${++count} events`;
      },
      tell: () => {},
      remove: () => {
        row.remove();
        list.element.remove();
      },
    };
  }

  #unknown(schemaName: string): (topic: string) => TopicView {
    return (topic) => {
      const { row, fact } = this.#row(topic);
      fact.textContent = `${schemaName} is not shown here`;
      return { take: () => {}, tell: () => {}, remove: () => row.remove() };
    };
  }

  #row(label: Node | string): { readonly row: HTMLElement; readonly fact: HTMLElement } {
    const fact = element("span", { class: "fact" });
    const row = element("div", { class: "topic" }, label, fact);
    this.#rows.append(row);
    return { row, fact };
  }
}
