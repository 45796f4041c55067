import type { Command } from "./command.ts";
import { align } from "./commands/align.node.ts";
import { archiveCommands } from "./commands/archive.node.ts";
import { benchmark } from "./commands/benchmark.node.ts";
import { calibrate } from "./commands/calibrate.node.ts";
import { clean } from "./commands/clean.node.ts";
import { demo } from "./commands/demo.node.ts";
import { detect } from "./commands/detect.node.ts";
import { embed } from "./commands/embed.node.ts";
import { enrol } from "./commands/enrol.node.ts";
import { evaluate } from "./commands/evaluate.node.ts";
import { exportCommand } from "./commands/export.node.ts";
import { finetune } from "./commands/finetune.node.ts";
import { identify } from "./commands/identify.node.ts";
import { modelCommands } from "./commands/models.node.ts";
import { bundle, unbundle } from "./commands/models-bundle.node.ts";
import { modelsCopy } from "./commands/models-copy.node.ts";
import { modelsDoctor } from "./commands/models-doctor.node.ts";
import { modelsOptimize } from "./commands/models-optimize.node.ts";
import { modelsQuantize } from "./commands/models-quantize.node.ts";

import { peopleCommands } from "./commands/people.node.ts";
import { reidentify } from "./commands/reidentify.node.ts";
import { train } from "./commands/train.node.ts";
import { tune } from "./commands/tune.node.ts";
import { verify } from "./commands/verify.node.ts";
import { zooHelper } from "./commands/zoo-helper.node.ts";

/** In the order that --help shows. */
export const COMMANDS: readonly Command[] = [
  demo,
  detect,
  embed,
  tune,
  verify,
  enrol,
  identify,
  reidentify,
  ...peopleCommands,
  calibrate,
  ...modelCommands,
  bundle,
  unbundle,
  modelsCopy,
  modelsDoctor,
  modelsOptimize,
  modelsQuantize,
  zooHelper,
  ...archiveCommands,
  align,
  train,
  finetune,
  exportCommand,
  clean,
  evaluate,
  benchmark,
];
