import * as z from "zod";
import { source } from "./card-source.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hex digits");

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

/** A network: where its file is, how it is fed and read. */
export const model = z
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
