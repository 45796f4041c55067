import { expected } from "../../errors.ts";

/** Where Luxonis' own hub is; its services lie under it. */
export const DEFAULT_HUB_URL = "https://easyml.cloud.luxonis.com/";
/** DepthAI's, beside the program that runs. */
export const DEFAULT_CACHE_PATH = ".depthai_cached_models";
export const DEFAULT_MODELS_PATH = "depthai_models";

/** What DepthAI's `modelzoo.set…` functions set; here each call brings its own. */
export type ModelzooOptions = {
  /** Default: `HUBAI_URL`, else Luxonis' own. The endpoints not named otherwise lie under it. */
  readonly hubUrl?: string | undefined;
  readonly healthEndpoint?: string | undefined;
  readonly downloadEndpoint?: string | undefined;
  readonly defaultCachePath?: string | undefined;
};

export type Modelzoo = {
  readonly healthEndpoint: string;
  readonly downloadEndpoint: string;
  /** The catalogue's, without a slash at the end. */
  readonly catalogueEndpoint: string;
  readonly defaultCachePath: string;
};

/** Environment variables, as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** @throws {ArcfaceError} INVALID_ARGUMENT where the hub's address is none. */
export function resolveModelzoo(options: ModelzooOptions, env: Env): Modelzoo {
  const hubUrl = options.hubUrl || env.HUBAI_URL || DEFAULT_HUB_URL;
  if (!/^https?:\/\//i.test(hubUrl) || !URL.canParse(hubUrl)) {
    const hint = `as ${DEFAULT_HUB_URL}, which it is where HUBAI_URL is not set`;
    throw expected(options.hubUrl ? "hub" : "HUBAI_URL", "an http or https address", hubUrl, hint);
  }
  const catalogueEndpoint = `${hubUrl.replace(/\/+$/, "")}/models/api/v1`;
  return {
    healthEndpoint: options.healthEndpoint || `${catalogueEndpoint}/health/`,
    downloadEndpoint: options.downloadEndpoint || `${catalogueEndpoint}/models/download`,
    catalogueEndpoint,
    defaultCachePath: options.defaultCachePath || DEFAULT_CACHE_PATH,
  };
}

/** The key that the hub knows its caller by; empty where there is none. */
export function apiKeyOf(given: string | undefined, env: Env): string {
  return given || env.DEPTHAI_HUB_API_KEY || env.HUBAI_API_KEY || "";
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ "1": true, true: true, TRUE: true, True: true },
  ...{ "0": false, false: false, FALSE: false, False: false },
};

/** Whether the hub may be asked at all, and how long (ms) its health check may take. What cannot be read is the default. */
export function internetCheckOf(env: Env): { readonly wanted: boolean; readonly timeoutMs: number } {
  const wanted = BOOLEANS[env.DEPTHAI_ZOO_INTERNET_CHECK ?? ""] ?? true;
  const timeoutMs = Number.parseInt(env.DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT ?? "", 10);
  return {
    wanted: wanted && env.ARCFACE_OFFLINE !== "1",
    timeoutMs: Number.isInteger(timeoutMs) && timeoutMs > 0 ? timeoutMs : 1000,
  };
}
