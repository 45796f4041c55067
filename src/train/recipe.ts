import { checkFields, expected } from "../errors.ts";
import { AUGMENTATIONS } from "../image/augment/augment.ts";
import { checkLoss } from "../losses/check-loss.ts";
import type { LossSpec } from "../losses/loss.ts";
import { type IResNet, iresnet } from "../nets/iresnet.ts";
import { isNetName, NETS, type Net, type NetName } from "../nets/registry.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";

/** A training run, described: names are InsightFace's. */
export type Recipe = {
  readonly name: string;
  /** One of ours, or an IResNet of one's own sizes. */
  readonly network: NetName | IResNet;
  /** Side of the images, pixels; default 112. Smaller ones are crops made smaller. */
  readonly size?: number;
  readonly loss: LossSpec;
  readonly batchSize: number;
  /** Batches whose gradients are averaged before each update; default 1. */
  readonly gradientAcc?: number;
  readonly numEpoch: number;
  readonly lr: number;
  readonly schedule: Schedule;
  readonly momentum?: number;
  /** On all parameters, the head's too; default 5e-4. */
  readonly weightDecay?: number;
  /** Of batch-norms' scales and shifts and of PReLU slopes; 0: they do not decay. Default weightDecay, as InsightFace's. */
  readonly normWeightDecay?: number;
  /** The backbone's gradients are made as long as this at most; 0 leaves them. Default 5. */
  readonly clipGradNorm?: number;
  /** Default 2048, InsightFace's. */
  readonly seed?: number;
  /** Default flip: mirrored, one in two. `dali`: the reference's optional set besides. */
  readonly augment?: "none" | "flip" | "dali";
  /** What the recipe was written for; checked against the data where given. */
  readonly numClasses?: number;
  readonly numImage?: number;
  /** Steps between log lines; default 10. */
  readonly frequent?: number;
  /** Steps between validations; default 2000. */
  readonly verbose?: number;
  /** Steps between checkpoints; default one an epoch. */
  readonly saveEvery?: number;
};

const FIELDS: Readonly<Record<keyof Recipe, true>> = {
  name: true,
  network: true,
  size: true,
  loss: true,
  batchSize: true,
  gradientAcc: true,
  numEpoch: true,
  lr: true,
  schedule: true,
  momentum: true,
  weightDecay: true,
  normWeightDecay: true,
  clipGradNorm: true,
  seed: true,
  augment: true,
  numClasses: true,
  numImage: true,
  frequent: true,
  verbose: true,
  saveEvery: true,
};

const WHOLE = ["batchSize", "gradientAcc", "size", "frequent", "verbose", "saveEvery"] as const;

/** @throws {ArcfaceError} INVALID_ARGUMENT: the field, what it may be, what it is. */
export function checkRecipe(recipe: Recipe): void {
  const where = (field: string) => `recipe ${recipe.name}: ${field}`;
  checkFields(`recipe ${recipe.name}`, recipe, FIELDS);
  if (typeof recipe.name !== "string" || recipe.name === "")
    throw expected("recipe: name", "a name", JSON.stringify(recipe.name));
  for (const field of WHOLE) {
    const value = recipe[field];
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw expected(where(field), "a positive whole number", `${value}`);
  }
  if (recipe.batchSize < 2) throw expected(where("batchSize"), "2 or more", `${recipe.batchSize}`);
  for (const [field, value] of Object.entries({ lr: recipe.lr, numEpoch: recipe.numEpoch })) {
    if (!(Number.isFinite(value) && value > 0)) throw expected(where(field), "a positive number", `${value}`);
  }
  const { momentum = 0.9, weightDecay = 5e-4, normWeightDecay = 0, clipGradNorm = 5, network } = recipe;
  if (!(momentum >= 0 && momentum < 1)) throw expected(where("momentum"), "0 to below 1", `${momentum}`);
  if (!(weightDecay >= 0)) throw expected(where("weightDecay"), "0 or more", `${weightDecay}`);
  if (!(normWeightDecay >= 0)) throw expected(where("normWeightDecay"), "0 or more", `${normWeightDecay}`);
  if (!(clipGradNorm >= 0)) throw expected(where("clipGradNorm"), "0 or more", `${clipGradNorm}`);
  if (typeof network !== "string") checkNetwork(where("network"), network);
  else if (!isNetName(network)) throw expected(where("network"), `one of ${Object.keys(NETS).join(", ")}`, network);
  const { seed = 0, augment = "flip" } = recipe;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) throw expected(where("seed"), "a whole number from 0", `${seed}`);
  if (!Object.hasOwn(AUGMENTATIONS, augment))
    throw expected(where("augment"), `one of ${Object.keys(AUGMENTATIONS).join(", ")}`, `${augment}`);
  checkSchedule(recipe.schedule, recipe.numEpoch);
  checkLoss(recipe.loss);
}

function checkNetwork(where: string, network: IResNet): void {
  checkFields(where, network, { blocks: true, widths: true, features: true, dropout: true });
  const { blocks, widths = [64, 128, 256, 512], features = 512, dropout = 0 } = network;
  const isCount = (x: unknown): boolean => Number.isInteger(x) && (x as number) > 0;
  if (!(Array.isArray(blocks) && blocks.length > 0 && blocks.every(isCount)))
    throw expected(`${where}.blocks`, "a positive whole number a stage", JSON.stringify(blocks) ?? "none");
  if (!(Array.isArray(widths) && widths.length >= blocks.length && widths.every(isCount)))
    throw expected(`${where}.widths`, `${blocks.length} positive whole numbers`, JSON.stringify(widths));
  if (!isCount(features)) throw expected(`${where}.features`, "a positive whole number", `${features}`);
  if (!(dropout >= 0 && dropout < 1)) throw expected(`${where}.dropout`, "0 to below 1", `${dropout}`);
}

/** The network that a recipe describes, in the words of layers. */
export function netOf({ network }: Pick<Recipe, "network">): Net {
  return typeof network === "string" ? NETS[network] : (net, x) => iresnet(net, x, network);
}
