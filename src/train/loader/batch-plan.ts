import { expected } from "../../errors.ts";
import { epochOrder } from "./sample-order.ts";

/** Which samples the batch of a step holds. */
export type BatchPlan = { readonly stepsPerEpoch: number; of(step: number): { epoch: number; samples: Uint32Array } };

/** Orders kept: while batches of the next epoch are made ahead, this one's last are still asked for. */
const EPOCHS = 2;

/**
 * Epochs of ⌊count / batchSize⌋ steps, numbered through from 0; what is left over of an epoch's order is not seen in it.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is less than a batch.
 */
export function planBatches(options: { count: number; batchSize: number; seed: number; where: string }): BatchPlan {
  const { count, batchSize, seed, where } = options;
  if (!(Number.isSafeInteger(batchSize) && batchSize > 0)) {
    throw expected("loader", "a batchSize of 1 or more", `${batchSize}`);
  }
  if (count < batchSize) throw expected(where, `a batch of ${batchSize} pictures at least`, `${count}`);
  const stepsPerEpoch = Math.floor(count / batchSize);
  const orders = new Map<number, Uint32Array>();
  function orderOf(epoch: number): Uint32Array {
    const order = orders.get(epoch) ?? epochOrder(count, seed, epoch);
    // What was used last stays longest.
    orders.delete(epoch);
    orders.set(epoch, order);
    if (orders.size > EPOCHS) orders.delete(orders.keys().next().value!);
    return order;
  }
  return {
    stepsPerEpoch,
    of(step) {
      if (!(Number.isSafeInteger(step) && step >= 0)) throw expected("loader", "a step from 0", `${step}`);
      const epoch = Math.floor(step / stepsPerEpoch);
      const start = (step % stepsPerEpoch) * batchSize;
      return { epoch, samples: orderOf(epoch).slice(start, start + batchSize) };
    },
  };
}
