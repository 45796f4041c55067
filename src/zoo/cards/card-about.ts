import * as z from "zod";
import { httpUrl, slug } from "./card-source.ts";

/** A figure, and either the command that measured it or where it was published. */
const result = z
  .strictObject({
    /** What it was measured on: `LFW`. */
    dataset: z.string(),
    /** How: `10 folds, flip-summed`. Figures of different protocols do not compare. */
    protocol: z.string().optional(),
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

/** How fast somebody says a model is. A power is `null` where it is left open, `N/A` where the publisher writes that. */
const throughput = z.strictObject({
  conditions: z.string().optional(),
  source: z.string(),
  rows: z.array(
    z.strictObject({
      platform: z.string(),
      precision: z.string(),
      inferencesPerSecond: z.number().positive(),
      powerW: z.union([z.number().positive(), z.literal("N/A")]).nullable(),
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

/** What any card may say, whatever its network does. */
export const common = {
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
