import { element } from "./dom.web.ts";
import { FrameBuffer, type Shown, type Stamps } from "./frame-buffer.ts";
import { drawOverlay, type Overlay } from "./overlay.web.ts";
import type { Picture } from "./picture.web.ts";
import { RateMeter } from "./rate-meter.ts";

type Drawn = { readonly bitmap: ImageBitmap; readonly picture: Picture; readonly overlays: readonly Overlay[] };

/** A video with what is found in it. */
export class VideoTile {
  readonly element: HTMLElement;
  readonly #canvas = element("canvas", { role: "img" });
  readonly #fact = element("span", { class: "fact" });
  readonly #buffer = new FrameBuffer<Picture, Overlay>();
  readonly #rate = new RateMeter();
  #isDecoding = false;
  #drawn: Drawn | null = null;

  constructor(topic: string) {
    this.#canvas.setAttribute("aria-label", `Video of ${topic}`);
    this.element = element("figure", {}, this.#canvas, element("figcaption", {}, topic, this.#fact));
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
  }

  addPicture(stamps: Stamps, picture: Picture): void {
    this.#buffer.addFrame(stamps, picture);
  }

  addOverlay(topic: string, stamps: Stamps, overlay: Overlay): void {
    this.#buffer.addOverlay(topic, stamps, overlay, performance.now());
  }

  removeOverlay(topic: string): void {
    this.#buffer.removeTopic(topic);
  }

  /** Called before each repaint. */
  tick(now: number): void {
    const shown = this.#isDecoding ? null : this.#buffer.next(now);
    if (shown) void this.#show(shown);
  }

  /** Called every second or so. */
  tell(now: number): void {
    if (!this.#drawn) return;
    const { width, height } = this.#drawn.picture;
    this.#fact.textContent = `${width}×${height} · ${this.#rate.perSecond(now).toFixed(1)} shown/s`;
  }

  async #show({ frame: picture, overlays }: Shown<Picture, Overlay>): Promise<void> {
    this.#isDecoding = true;
    try {
      const bitmap = await picture.decode();
      this.#drawn?.bitmap.close();
      this.#drawn = { bitmap, picture, overlays };
      this.#rate.tick(performance.now());
      this.#draw();
    } catch (error) {
      this.#fact.textContent = (error as Error).message;
    } finally {
      this.#isDecoding = false;
    }
  }

  #draw(): void {
    if (!this.#drawn) return;
    const { bitmap, picture, overlays } = this.#drawn;
    this.#canvas.style.aspectRatio = `${picture.width} / ${picture.height}`;
    const scale = window.devicePixelRatio;
    const { clientWidth } = this.#canvas;
    const width = Math.max(1, Math.round(clientWidth * scale));
    const height = Math.max(1, Math.round((width * picture.height) / picture.width));
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const context = this.#canvas.getContext("2d")!;
    context.drawImage(bitmap, 0, 0, width, height);
    for (const overlay of overlays) drawOverlay({ context, width, height, scale }, overlay, picture.transformation);
  }
}
