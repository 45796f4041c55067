import { expected } from "../../errors.ts";
import type { Image } from "../../image/image.ts";
import { asPixelType, fromRgb, type PixelType, tightStride, toRgb } from "../../image/pixel-types.ts";
import { Buffer, type Stamps } from "./buffer.ts";
import type { ImgFrameTypeName } from "./img-frame-type.ts";
import { ImgTransformation } from "./img-transformation.ts";

export type ImgFrameFields = {
  readonly type: ImgFrameTypeName;
  readonly width: number;
  readonly height: number;
  /** Bytes from one row of the first plane to the next. Default: no padding. */
  readonly stride?: number;
  readonly data: Uint8Array;
  /** Default: this is the frame as it was captured. */
  readonly transformation?: ImgTransformation;
};

export type FromImageOptions = {
  readonly type?: PixelType;
  readonly transformation?: ImgTransformation;
};

/** Pixels in OpenCV's order: HWC, blue, green, red, or grey alone. */
export type CvFrame = {
  readonly rows: number;
  readonly cols: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
};

/** A picture, of any kind of pixels, and how it came from the one that was captured. */
export class ImgFrame extends Buffer {
  readonly #type: ImgFrameTypeName;
  readonly #width: number;
  readonly #height: number;
  readonly #stride: number;
  readonly #transformation: ImgTransformation;
  #image: Image | null = null;
  /** Whose bytes nobody has asked for yet: most readers want the picture only. */
  #unencoded: Image | null = null;

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the transformation is of a frame of another size. */
  constructor({ type, width, height, stride, data, transformation }: ImgFrameFields, stamps: Stamps = {}) {
    super(data, stamps);
    this.#type = type;
    this.#width = width;
    this.#height = height;
    this.#stride = stride ?? defaultStride(type, width);
    this.#transformation = transformation ?? ImgTransformation.identity(width, height);
    const [w, h] = this.#transformation.getSize();
    if (w !== width || h !== height) {
      throw expected("ImgFrame", `a transformation to ${width}×${height}`, `one to ${w}×${h}`);
    }
  }

  /** As another type of pixels where `options.type` says one; the bytes of RGB888i, the default, are the image's own. */
  static fromImage(image: Image, stamps: Stamps = {}, options: FromImageOptions = {}): ImgFrame {
    const { type = "RGB888i", transformation = ImgTransformation.identity(image.width, image.height) } = options;
    if (!LOSSLESS.has(type)) return new ImgFrame({ ...fromRgb(image, type), transformation }, stamps);
    const { width, height } = image;
    const frame = new ImgFrame({ type, width, height, data: new Uint8Array(), transformation }, stamps);
    frame.#image = frame.#unencoded = image;
    return frame;
  }

  getType(): ImgFrameTypeName {
    return this.#type;
  }

  getWidth(): number {
    return this.#width;
  }

  getHeight(): number {
    return this.#height;
  }

  /** Bytes from one row of the first plane to the next. */
  getStride(): number {
    return this.#stride;
  }

  /** How it came from the frame that was captured. */
  getTransformation(): ImgTransformation {
    return this.#transformation;
  }

  /**
   * The picture as RGB, converted once and kept; not to be changed, since others may hold it.
   *
   * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the type is none that is converted; INVALID_ARGUMENT where there
   * are too few bytes.
   */
  getImage(): Image {
    this.#image ??= toRgb({
      type: this.#pixelType(),
      width: this.#width,
      height: this.#height,
      stride: this.#stride,
      data: this.getData(),
    });
    return this.#image;
  }

  /** As Python's: BGR, or grey where the frame is. A copy. @throws {ArcfaceError} as getImage. */
  getCvFrame(): CvFrame {
    const image = this.getImage();
    const isGrey = this.#pixelType() === "GRAY8";
    const data = isGrey ? image.data.filter((_, i) => i % 3 === 0) : fromRgb(image, "BGR888i").data;
    return { rows: image.height, cols: image.width, channels: isGrey ? 1 : 3, data };
  }

  override getData(): Uint8Array {
    if (this.#unencoded) {
      super.setData(fromRgb(this.#unencoded, this.#pixelType()).data);
      this.#unencoded = null;
    }
    return super.getData();
  }

  override setData(data: Uint8Array): this {
    this.#image = this.#unencoded = null;
    return super.setData(data);
  }

  #pixelType(): PixelType {
    return asPixelType("ImgFrame", this.#type);
  }
}

/** Types that give back the RGB that they were made of. */
const LOSSLESS: ReadonlySet<PixelType> = new Set(["RGB888i", "BGR888i", "RGB888p", "BGR888p"]);

function defaultStride(type: ImgFrameTypeName, width: number): number {
  return type === "RGB888i" || type === "BGR888i" ? tightStride(type, width) : width;
}
