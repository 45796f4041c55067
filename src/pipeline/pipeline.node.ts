import { createDevice } from "./device.node.ts";
import type { Device } from "./device.ts";
import { Pipeline as AnyPipeline, type PipelineOptions } from "./pipeline.ts";

/** A pipeline on this machine, unless another device is given. */
export class Pipeline extends AnyPipeline {
  constructor(device: Device = createDevice(), options: PipelineOptions = {}) {
    super(device, options);
  }
}
