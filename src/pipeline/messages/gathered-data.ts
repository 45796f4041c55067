import { Buffer } from "./buffer.ts";

/** What was made of parts of one message, gathered again beside it, in the order in which it came. */
export class GatheredData<Reference extends Buffer = Buffer, Item extends Buffer = Buffer> extends Buffer {
  readonly items: readonly Item[];
  readonly #reference: Reference;

  /** Its timestamps and sequence number are the reference's. */
  constructor(reference: Reference, items: readonly Item[]) {
    super();
    this.#reference = reference;
    this.items = items;
    this.setStampsOf(reference);
  }

  /** The message that the parts were of: detections, of which each has an item. */
  getReferenceData(): Reference {
    return this.#reference;
  }

  /** DepthAI's earlier name of the items. */
  get gathered(): readonly Item[] {
    return this.items;
  }

  /** DepthAI's spelling of getReferenceData. */
  get reference_data(): Reference {
    return this.#reference;
  }
}
