import { expected } from "../../errors.ts";
import { Gatherer } from "../gatherer.ts";
import type { Input } from "../input.ts";
import type { Buffer } from "../messages/buffer.ts";
import { GatheredData } from "../messages/gathered-data.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import type { Output } from "../output.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** Data belong to a reference within half a frame's time. */
const FPS_TOLERANCE_DIVISOR = 2;

/**
 * Gathers what was made of the parts of a message again beside it: the embeddings of the faces of a frame beside its
 * detections. A reference waits for as many data of its time as it has detections, and with none of them goes at once;
 * when it goes, older ones that wait still are given up, and data of their time.
 */
export class GatherData<Reference extends Buffer = Buffer, Item extends Buffer = Buffer> extends ThreadedHostNode {
  readonly inputData = this.createInput<Item>({ name: "input_data" });
  readonly inputReference = this.createInput<Reference>({ name: "input_reference" });
  readonly out = this.createOutput<GatheredData<Reference, Item>>({ name: "out", types: [GatheredData] });
  #fps: number | null = null;
  #waitCount: (reference: Reference) => number = countDetections;
  #dropOlder = true;

  override getName(): string {
    return "GatherData";
  }

  /**
   * @param cameraFps frames a second of the references.
   * @param inputData is linked where it is given.
   * @param inputReference likewise.
   * @param waitCountFn how many data a reference waits for. Default: as many as it has detections.
   * @throws {ArcfaceError} INVALID_ARGUMENT where cameraFps is not above 0.
   */
  build(
    cameraFps: number,
    inputData?: Output<Item>,
    inputReference?: Output<Reference>,
    waitCountFn?: (reference: Reference) => number,
  ): this {
    if (!(cameraFps > 0 && cameraFps < Infinity)) throw expected("GatherData", "cameraFps above 0", `${cameraFps}`);
    this.#fps = cameraFps;
    if (waitCountFn) this.#waitCount = waitCountFn;
    inputData?.link(this.inputData);
    inputReference?.link(this.inputReference);
    return this;
  }

  /**
   * Our own. Default true, as DepthAI's: a reference that goes gives up older ones that wait; a frame without detections
   * goes at once, and gives up the frame before, whose data are still on their way. False: in order, none given up but
   * those whose data were lost; data must come in the order of time.
   */
  setDropOlder(dropOlder: boolean): this {
    this.#dropOlder = dropOlder;
    return this;
  }

  override checkBuilt(): void {
    const where = `GatherData ${this.id}`;
    if (this.#fps === null) throw expected(where, "the camera's frames a second, given by build", "none");
    for (const input of [this.inputData, this.inputReference]) {
      if (!input.isConnected()) throw expected(where, `an output linked to ${input.name}`, "none");
    }
  }

  protected override async run(): Promise<void> {
    const toleranceMs = 1000 / (this.#fps! * FPS_TOLERANCE_DIVISOR);
    const [waitCount, dropOlder] = [this.#waitCount, this.#dropOlder];
    const gatherer = new Gatherer<Reference, Item>({ toleranceMs, waitCount, dropOlder });
    for (let open = this.#openInputs(); open.length > 0; open = this.#openInputs()) {
      await this.waitAny(open);
      // All that waits before anything goes: what is late by a moment is not given up.
      for (const reference of takeAll(this.inputReference)) gatherer.addReference(reference);
      for (const item of takeAll(this.inputData)) gatherer.addData(item);
      if (this.inputData.queue.isClosed()) gatherer.endData();
      for (let next = gatherer.next(); next; next = gatherer.next()) await this.out.send(next);
    }
  }

  /** Those in which something waits, or may come. */
  #openInputs(): Input[] {
    const inputs = [this.inputReference, this.inputData] as unknown as Input[];
    return inputs.filter(({ queue }) => !queue.isClosed());
  }
}

function takeAll<T extends Buffer>(input: Input<T>): T[] {
  const all: T[] = [];
  while (input.has()) all.push(input.tryGet()!);
  return all;
}

function countDetections(reference: Buffer): number {
  if (reference instanceof ImgDetections) return reference.detections.length;
  throw expected("GatherData", "ImgDetections as references, or a waitCountFn", reference.constructor.name);
}
