import { createPlaceReader } from "../../data/read-place.node.ts";
import { serve } from "../../host/worker/serve.node.ts";
import type { BatchOrder } from "./batch-order.ts";
import { makeBatch } from "./make-batch.node.ts";

const reader = createPlaceReader();
let last: Promise<unknown> = Promise.resolve();

serve(
  {
    /** One after the other: what is needed first is ready first. */
    async batch(order: BatchOrder, signal: AbortSignal) {
      const made = last.then(() => makeBatch(order, reader, signal));
      last = made.catch(() => {});
      const result = await made;
      return { result, transfer: [result.images.buffer, result.labels.buffer, result.samples.buffer] };
    },
  },
  async () => await reader[Symbol.asyncDispose](),
);
