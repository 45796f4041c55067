import { ArcfaceError } from "../../errors.ts";
import { type Answer, systemCode, withoutSecrets } from "./download-request.ts";

/** What one request came to. `again`: the same mirror may do better, after `waitMs` where it says so. */
export type Failure = { readonly error: ArcfaceError; readonly again: boolean; readonly waitMs?: number };

/** What a status says against the download; `null` where the file is coming. */
export function refusal({ status, headers }: Answer, url: string): Failure | null {
  if (status === 404 || status === 410)
    return { error: failed("NOT_FOUND", url, `there is nothing there (${status})`), again: false };
  if (status === 416) return { error: failed("NETWORK", url, "it has no more of the file (416)"), again: true };
  if (status === 401 || status === 403)
    return {
      error: failed("NETWORK", url, `the server refuses (${status})`, "it may want a key, or give it no more"),
      again: false,
    };
  if (status >= 500 || status === 408 || status === 429) {
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    const error = failed("NETWORK", url, `the server cannot answer now (${status})`);
    return { error, again: true, ...(Number.isFinite(seconds) && { waitMs: seconds * 1000 }) };
  }
  if (status !== 200 && status !== 206)
    return { error: failed("NETWORK", url, `expected a file, got status ${status}`), again: false };
  if (/^text\/html/i.test(headers.get("content-type") ?? "")) {
    const hint = "a login page or a proxy may stand between; open the address in a browser to see";
    return { error: failed("NETWORK", url, "expected a file, got a web page", hint), again: false };
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity")
    return {
      error: failed("NETWORK", url, `expected the file as it lies there, got it packed by ${encoding}`),
      again: false,
    };
  return null;
}

/** Not asked again where it would be in vain: nobody answers, no such host, a certificate that is not trusted. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof ArcfaceError) || error.code !== "NETWORK") throw error;
  const code = systemCode(error);
  const vain = code === "ECONNREFUSED" || code === "ENOTFOUND" || /CERT|SELF_SIGNED|^ERR_TLS/.test(code);
  const hint =
    "see whether the address opens in a browser here; `arcface models bundle` carries models to a machine without a network";
  return {
    error: new ArcfaceError("NETWORK", error.message, { hint: error.hint ?? hint, cause: error.cause }),
    again: !vain && error.cause !== undefined,
  };
}

export function failed(
  code: "NETWORK" | "NOT_FOUND" | "INTEGRITY" | "TOO_LARGE",
  url: string,
  why: string,
  hint?: string,
) {
  const otherwise =
    code === "INTEGRITY" ? "something on the way, or the mirror, changed the file: do not use it" : undefined;
  return new ArcfaceError(code, `download: ${withoutSecrets(url)}: ${why}`, { hint: hint ?? otherwise });
}

/** One error of several mirrors': wrong bytes say most, then what trying again may mend. */
export function worst(failures: readonly ArcfaceError[]): ArcfaceError {
  const order = ["INTEGRITY", "TOO_LARGE", "NETWORK", "NOT_FOUND"];
  const [first] = failures.toSorted((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  if (first === undefined) return new ArcfaceError("INVALID_ARGUMENT", "download: expected an address, got none");
  if (failures.length === 1) return first;
  const all = failures.map(({ message }) => message.replace(/^download: /, "")).join("; ");
  return new ArcfaceError(first.code, `download: none of ${failures.length} mirrors gave the file: ${all}`, {
    hint: first.hint,
    cause: first,
  });
}
