import { ArcfaceError, type ErrorCode } from "../../errors.ts";
import { systemCode } from "../download/download-request.ts";

/** More of an answer than this says nothing more. */
const MAX_TEXT = 2000;

export type HubFailure = {
  /** What was being done. */
  readonly doing: "sending a request to the Hub" | "downloading the model";
  /** 0 where there was no answer. */
  readonly status: number;
  /** The answer's body, or what is wrong with it. */
  readonly text: string;
  readonly key: string;
  readonly cause?: unknown;
  readonly code?: ErrorCode | undefined;
  readonly hint?: string | undefined;
};

/** A refusal in DepthAI's words. The key is in none of them, also where the hub says it back. */
export function hubError({ doing, status, text, key, cause, code, hint }: HubFailure): ArcfaceError {
  const told = key === "" ? text : text.replaceAll(key, "***");
  const lines = [
    `There was an error while ${doing}`,
    `HTTP status code: ${status}`,
    `CPR error code: ${cprCode(cause)}`,
    `Response text: ${told.length > MAX_TEXT ? `${told.slice(0, MAX_TEXT)} …` : told}`,
  ];
  return new ArcfaceError(code ?? CODES[status] ?? "NETWORK", lines.join("\n"), {
    hint: hint ?? (doing === "sending a request to the Hub" ? hintOf(status, key) : undefined),
    cause,
  });
}

/** Whether the hub itself refused: what did not arrive, or is no JSON, says nothing of a model. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ArcfaceError && error.cause === undefined && REFUSAL.test(error.message);
}

const REFUSAL = /^There was an error while sending a request to the Hub\nHTTP status code: [1-9]/;

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "INVALID_ARGUMENT",
  404: "NOT_FOUND",
  405: "INVALID_ARGUMENT",
  410: "NOT_FOUND",
  422: "INVALID_ARGUMENT",
};

function hintOf(status: number, key: string): string | undefined {
  if (status === 401 || status === 403)
    return key === ""
      ? "the model needs an API key: DEPTHAI_HUB_API_KEY, or HUBAI_API_KEY"
      : "the hub does not accept the API key for this model";
  if (status === 404) return "the hub has no such model for this platform";
  return undefined;
}

/** What DepthAI's HTTP library, cpr 1.10, calls it; 0 where an answer came. */
function cprCode(cause: unknown): number {
  if (!(cause instanceof ArcfaceError)) return 0;
  if (cause.message.includes("was silent")) return 8;
  return CPR_CODES[systemCode(cause)] ?? 1000;
}

const CPR_CODES: Readonly<Record<string, number>> = {
  ECONNREFUSED: 1,
  ENOTFOUND: 3,
  EAI_AGAIN: 3,
  ECONNRESET: 6,
  UND_ERR_SOCKET: 6,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 6,
};
