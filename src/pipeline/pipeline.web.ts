import type { Device } from "./device.ts";
import { createDevice } from "./device.web.ts";
import { Pipeline as AnyPipeline, type PipelineOptions } from "./pipeline.ts";

/** A pipeline in this browser, unless another device is given. */
export class Pipeline extends AnyPipeline {
  constructor(device: Device = createDevice(), options: PipelineOptions = {}) {
    super(device, options);
  }
}
