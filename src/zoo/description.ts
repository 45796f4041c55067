import { sha1Hex } from "../bytes/sha1.ts";
import { ArcfaceError } from "../errors.ts";
import { parseYamlText, printYamlText } from "./yaml-text.ts";

/** The keys in YAML and in toString, in their order. */
const KEYS = {
  model: "model",
  platform: "platform",
  optimizationLevel: "optimization_level",
  compressionLevel: "compression_level",
  snpeVersion: "snpe_version",
  modelPrecisionType: "model_precision_type",
} as const;
type Field = keyof typeof KEYS;
const FIELDS = Object.keys(KEYS) as Field[];

/**
 * What model is wanted, for what: as DepthAI's class of this name. A string stands for a description of that model
 * alone wherever one is taken.
 *
 * Source: `NNModelDescription`, depthai-core src/modelzoo/Zoo.cpp.
 */
export class NNModelDescription {
  /** Slug: `luxonis/arcface:lfw-112x112`. */
  model: string;
  /** `RVC2`, `RVC4`, `cpu` …; any other is for the hub to judge. */
  platform: string;
  optimizationLevel: string;
  compressionLevel: string;
  snpeVersion: string;
  modelPrecisionType: string;
  /** Under what the cache's global metadata list it: the name it was read by; empty where it was not. Not saved. */
  globalMetadataEntryName = "";

  constructor(
    model: string,
    platform = "",
    optimizationLevel = "",
    compressionLevel = "",
    snpeVersion = "",
    modelPrecisionType = "",
  ) {
    this.model = model;
    this.platform = platform;
    this.optimizationLevel = optimizationLevel;
    this.compressionLevel = compressionLevel;
    this.snpeVersion = snpeVersion;
    this.modelPrecisionType = modelPrecisionType;
  }

  static from(description: NNModelDescription | string): NNModelDescription {
    return typeof description === "string" ? new NNModelDescription(description) : description;
  }

  /**
   * Keys that it does not know are passed over, as DepthAI does.
   *
   * @param where what errors call the text.
   * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is no YAML, lacks `model`, or gives something else than a value.
   */
  static fromYaml(text: string, where = "model description"): NNModelDescription {
    const map = parseMap(text, where);
    const values = FIELDS.map((field) => scalar(map, KEYS[field], where));
    const [model, ...others] = values;
    if (model === undefined) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: Key not found in yaml: model`);
    return new NNModelDescription(model, ...others);
  }

  /** Only what is not empty, and `model` always. */
  toYaml(): string {
    const told = FIELDS.filter((field) => field === "model" || this[field] !== "");
    return printYamlText(Object.fromEntries(told.map((field) => [KEYS[field], this[field]])));
  }

  /** Whether it names a model and a platform; of what kind, it does not judge. */
  check(): boolean {
    return this.model !== "" && this.platform !== "";
  }

  /** As DepthAI prints it, to the byte: the cache's folder is called by it. */
  toString(): string {
    const lines = FIELDS.map((field) => `  ${KEYS[field]}: ${this[field]}\n`);
    return `NNModelDescription [\n${lines.join("")}]`;
  }

  /** Under what folder of DepthAI's cache it is kept: SHA-1, 40 hex digits. */
  cacheFolderName(): Promise<string> {
    return sha1Hex(new TextEncoder().encode(this.toString()));
  }
}

function parseMap(text: string, where: string): ReadonlyMap<unknown, unknown> {
  let value: unknown;
  try {
    value = parseYamlText(text);
  } catch (cause) {
    const why = (cause as Error).message.split("\n")[0];
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected YAML, got something else: ${why}`, { cause });
  }
  if (value instanceof Map) return value;
  const hint = "it begins with `model: TEAM/MODEL:VARIANT`";
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected keys with values, got none`, { hint });
}

function scalar(map: ReadonlyMap<unknown, unknown>, key: string, where: string): string | undefined {
  const value = map.get(key);
  if (value === undefined || typeof value === "string") return value;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: ${key}: expected one value, got several`);
}
