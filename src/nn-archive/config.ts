import * as z from "zod";
import { ArcfaceError } from "../errors.ts";
import { headMetadataSchema } from "./head-metadata.ts";
import { inferLayout, inputLayoutProblem, outputLayoutProblem } from "./layout.ts";

/** The schema that is written. Others of 1.x are read by the same rules. */
export const CONFIG_VERSION = "1.0";

export const DATA_TYPES = [
  "int4",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint4",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
  "boolean",
  "string",
] as const;

const dataType = z.enum(DATA_TYPES);

/** luxonis-ml writes null for what is not given. */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const metadata = z.looseObject({
  name: z.string(),
  /** The model's file, as the archive names it. */
  path: z.string(),
  precision: dataType.default("float32"),
});

const preprocessing = z.strictObject({
  /** The value used is (x − mean) / scale, in the model's own colour order. */
  mean: optional(z.array(z.number())),
  scale: optional(z.array(z.number())),
  /** Since 0.5.0 `dai_type` says it, and wins. */
  reverse_channels: optional(z.boolean()),
  interleaved_to_planar: optional(z.boolean()),
  /** What the model expects, as DepthAI's image types: RGB888p, BGR888i, GRAY8 … */
  dai_type: optional(z.string()),
});

const input = z
  .strictObject({
    name: z.string(),
    dtype: dataType,
    input_type: z.enum(["image", "raw"]),
    shape: z.array(z.int()).min(1),
    layout: z.string().min(1).optional(),
    preprocessing,
  })
  .transform(({ layout, preprocessing, ...rest }) => ({
    ...rest,
    layout: (layout ?? inferLayout(rest.shape) ?? "NCHW").toUpperCase(),
    preprocessing,
  }))
  .superRefine(({ layout, shape, input_type }, context) => {
    const message = inputLayoutProblem(layout, shape, input_type === "image");
    if (message) context.addIssue({ code: "custom", message, path: ["layout"] });
  });

const output = z
  .strictObject({
    name: z.string(),
    dtype: dataType,
    shape: optional(z.array(z.int())),
    layout: optional(z.string()),
  })
  .transform(({ layout, ...rest }) => ({
    ...rest,
    layout: (layout ?? (rest.shape && inferLayout(rest.shape)) ?? undefined)?.toUpperCase(),
  }))
  .superRefine(({ layout, shape }, context) => {
    const message = layout === undefined ? null : outputLayoutProblem(layout, shape);
    if (message) context.addIssue({ code: "custom", message, path: ["layout"] });
  });

const head = z
  .looseObject({
    name: optional(z.string()),
    parser: z.string(),
    /** Absent: all outputs. */
    outputs: optional(z.array(z.string())),
    metadata: z.record(z.string(), z.unknown()),
  })
  .superRefine(({ parser, metadata }, context) => {
    for (const issue of headMetadataSchema(parser).safeParse(metadata).error?.issues ?? []) {
      context.addIssue({ code: "custom", message: sentenceOf(issue), path: ["metadata", ...issue.path] });
    }
  });

const config = z.strictObject({
  config_version: z
    .string()
    .regex(/^\d+\.\d+$/, "'config_version' must be in format 'x.y' where x and y are integers")
    .refine((version) => Number.parseInt(version, 10) === 1, "Only V1 config is supported at the moment")
    .default(CONFIG_VERSION),
  model: z.strictObject({
    metadata,
    inputs: z.array(input),
    outputs: z.array(output),
    /** `null`: what the model gives is not parsed. The key itself must be there. */
    heads: z.array(head).nullable(),
  }),
});

/**
 * What `config.json` of an NN archive says, schema 1.0, with what it leaves out filled in: layouts (in capitals),
 * precision, version.
 *
 * Keys that the schema does not know are refused, as in luxonis-ml, but in `metadata` and heads. There luxonis-ml passes
 * over them; here they are kept, so that an archive written anew has lost nothing.
 */
export type NNArchiveConfig = z.output<typeof config>;

/** The same as one writes it: layouts, precision and version may be left out. */
export type NNArchiveConfigInput = z.input<typeof config>;

const MAX_DEPTH = 64;
const MAX_PROBLEMS = 20;

/**
 * @param where what errors call it: the archive.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the path of everything that is wrong, in luxonis-ml's words where it has
 *   some.
 */
export function parseConfig(json: unknown, where: string): NNArchiveConfig {
  const refuse = (problems: string) => new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: config.json: ${problems}`);
  if (isDeeperThan(json, MAX_DEPTH)) throw refuse(`it is nested more than ${MAX_DEPTH} deep`);
  const parsed = config.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) =>
    (issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]).map(
      (path) => `${pathOf(path)}: ${sentenceOf(issue)}`,
    ),
  );
  const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : "";
  throw refuse(problems.slice(0, MAX_PROBLEMS).join("; ") + more);
}

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are no JSON, or not of this kind. */
export function readConfig(bytes: Uint8Array, where: string): NNArchiveConfig {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: config.json is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  return parseConfig(json, where);
}

type Issue = z.core.$ZodIssue;

/** pydantic's sentences for what is missing or too much, the rule's own for the rest. */
function sentenceOf(issue: Issue): string {
  if (issue.code === "unrecognized_keys") return "Extra inputs are not permitted";
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) return "Field required";
  return issue.message;
}

/** `model.inputs[0].layout` */
function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text.replace(/^\./, "") || "config";
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
