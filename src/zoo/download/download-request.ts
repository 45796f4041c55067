import { ArcfaceError } from "../../errors.ts";

/** Redirects beyond this lead in a circle. */
const MAX_REDIRECTS = 10;

export type RequestOptions = {
  /** Sent to the host of the address alone: a redirect to another host goes without them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Of the request itself, sent wherever it leads: Range and the like. */
  readonly conditions?: Readonly<Record<string, string>> | undefined;
  /** Makes it a POST; sent to the host of the address alone. */
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A server that says nothing for so long is gone. Default 30000. */
  readonly silenceMs?: number | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
};

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it comes. Throws NETWORK where it breaks off or falls silent, CANCELLED. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Lets go of a body that is not wanted. */
  close(): void;
};

/**
 * One GET (or POST), as plain as can be: no cookies, no compression, redirects followed by hand, never from https to http.
 * Any status is an answer.
 *
 * @throws {ArcfaceError} NETWORK, whose cause is what lay under; CANCELLED; INVALID_ARGUMENT where it is no http(s) address.
 */
export async function request(address: string, options: RequestOptions = {}): Promise<Answer> {
  const { headers = {}, conditions = {}, body, signal, silenceMs = 30_000, fetch = globalThis.fetch } = options;
  const origin = parseAddress(address).origin;
  const watch = watchSilence(silenceMs, signal);
  try {
    let url = parseAddress(address);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      // Bytes are counted and resumed as they lie on the server, so nothing may be packed on the way.
      const own = url.origin === origin;
      const response = await fetch(url.href, {
        headers: { ...(own && headers), ...conditions, "accept-encoding": "identity" },
        ...(own && body !== undefined && { method: "POST", body }),
        redirect: "manual",
        credentials: "omit",
        signal: watch.signal,
      });
      watch.touch();
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) return answerOf(response, watch, url);
      await response.body?.cancel().catch(() => {});
      url = nextAddress(url, location);
    }
    throw new ArcfaceError("NETWORK", `${origin}: redirects more than ${MAX_REDIRECTS} times`);
  } catch (error) {
    watch.stop();
    throw watch.explain(error, address);
  }
}

/** @throws {ArcfaceError} TOO_LARGE, NETWORK, CANCELLED. */
export async function readWhole(
  answer: Answer,
  maxByteLength: number,
  where: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.chunks()) {
    length += chunk.length;
    if (length > maxByteLength)
      throw new ArcfaceError("TOO_LARGE", `${where}: expected at most ${maxByteLength} bytes, got more`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** An address without what may be secret in it: name, password, query. */
export function withoutSecrets(address: string): string {
  const { origin, pathname } = parseAddress(address);
  return `${origin}${pathname}`;
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new ArcfaceError("INVALID_ARGUMENT", `download: expected an http or https address, got ${address}`);
}

function nextAddress(from: URL, location: string): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from.href) : null;
  const safe = next?.protocol === "https:" || (next?.protocol === "http:" && from.protocol === "http:");
  if (next && safe) return next;
  throw new ArcfaceError("NETWORK", `${from.origin}: redirects from ${from.protocol} to ${next?.protocol ?? location}`);
}

type Watch = ReturnType<typeof watchSilence>;

/** A signal that fires with the caller's, and where nothing was heard for a while. */
function watchSilence(silenceMs: number, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  let silent = false;
  let timer: ReturnType<typeof setTimeout>;
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silent = true;
      controller.abort();
    }, silenceMs);
  };
  const cancel = () => controller.abort();
  const stop = () => {
    clearTimeout(timer);
    outer?.removeEventListener("abort", cancel);
  };
  const explain = (error: unknown, address: string): ArcfaceError => {
    if (error instanceof ArcfaceError) return error;
    const where = withoutSecrets(address);
    if (outer?.aborted) return new ArcfaceError("CANCELLED", `download: ${where}: cancelled`, { cause: outer.reason });
    const why = silent ? `the server was silent for ${silenceMs / 1000} s` : reasonOf(error);
    return new ArcfaceError("NETWORK", `download: ${where}: ${why}`, { cause: error });
  };
  if (outer?.aborted) cancel();
  else outer?.addEventListener("abort", cancel, { once: true });
  touch();
  return { signal: controller.signal, touch, stop, explain, close: () => controller.abort() };
}

function answerOf(response: Response, watch: Watch, url: URL): Answer {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    try {
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
        watch.touch();
        yield next.value;
      }
    } catch (error) {
      throw watch.explain(error, url.href);
    } finally {
      watch.stop();
      watch.close();
    }
  }
  const close = () => {
    watch.stop();
    watch.close();
  };
  return { status: response.status, headers: response.headers, chunks, close };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody answers there",
  ENOTFOUND: "there is no such host, or no network",
  EAI_AGAIN: "the host's name could not be looked up",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer ended early",
};

/** fetch says only "fetch failed" or "terminated"; what lies under it says why. */
function reasonOf(error: unknown): string {
  const code = systemCode(error);
  const { message, cause } = error as Error;
  return REASONS[code] ?? (cause instanceof Error && cause.message !== "" ? cause.message : message);
}

/** The code the system or the HTTP client gave, from wherever it lies under an error; empty where there is none. */
export function systemCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && !(at instanceof ArcfaceError)) return code;
  }
  return "";
}
