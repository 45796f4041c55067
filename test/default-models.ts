import { resolve } from "node:path";
import type { NodeOptions } from "../src/recognize/compose.node.ts";
import { ensureSamples } from "../src/zoo/samples.node.ts";

/** One cache for all tests that need published networks, kept between runs: what it holds is not fetched again. */
export const TEST_CACHE = resolve("node_modules/.cache/arcface/zoo");

/** What to open networks with, so that they come from that cache; for child processes, spread into their environment. */
export const TEST_ENV: NodeJS.ProcessEnv = { ...process.env, ARCFACE_CACHE: TEST_CACHE };

export const TEST_ZOO: NodeOptions = { cacheDir: TEST_CACHE, env: TEST_ENV };

/** The demo's six photographs, in order: 22 faces. */
export const samplePhotos = (): Promise<string[]> => ensureSamples({ env: TEST_ENV });
