import { ArcfaceError } from "../../errors.ts";
import { type Answer, readWhole, request } from "../download/download-request.ts";
import { hubError } from "./failure.ts";

/** A list of links is some kilobytes, a page of the catalogue some hundreds. */
const MAX_BYTES = 2 ** 22;

/** How the hub is reached. */
export type HubAccess = {
  /** Empty where there is none. */
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** A server that says nothing for so long is gone. Default 30000. */
  readonly silenceMs?: number | undefined;
};

export type Question = {
  readonly endpoint: string;
  /** What is empty is not asked. */
  readonly query?: Readonly<Record<string, string>>;
  /** Asked by POST. */
  readonly body?: unknown;
};

/**
 * Ask the hub for JSON.
 *
 * @returns what it says, not looked at yet, with the text it was.
 * @throws {ArcfaceError} with DepthAI's text: NOT_FOUND (404), NETWORK (any other refusal, something else than JSON),
 *   TOO_LARGE; CANCELLED.
 */
export async function askHub(
  { endpoint, query = {}, body }: Question,
  access: HubAccess,
): Promise<{ readonly json: unknown; readonly text: string }> {
  const { key, signal, fetch, silenceMs } = access;
  const doing = "sending a request to the Hub";
  const headers = { "content-type": "application/json", ...(key !== "" && { authorization: `Bearer ${key}` }) };
  const asked = Object.entries(query).filter(([, value]) => value !== "");
  const address = asked.length === 0 ? endpoint : `${endpoint}?${new URLSearchParams(asked)}`;
  let answer: Answer;
  try {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    answer = await request(address, { headers, body: sent, signal, fetch, silenceMs });
  } catch (cause) {
    throw unanswered(cause, 0, key);
  }
  const { status } = answer;
  const text = await readText(answer, key);
  if (status !== 200) throw hubError({ doing, status, text, key });
  try {
    return { json: JSON.parse(text), text };
  } catch (cause) {
    const hint = "a login page or a proxy may stand between";
    throw hubError({ doing, status, text, key, cause, hint });
  }
}

async function readText(answer: Answer, key: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readWhole(answer, MAX_BYTES, "hub"));
  } catch (cause) {
    throw unanswered(cause, answer.status, key);
  }
}

function unanswered(cause: unknown, status: number, key: string): ArcfaceError {
  if (!(cause instanceof ArcfaceError) || (cause.code !== "NETWORK" && cause.code !== "TOO_LARGE")) throw cause;
  const { code, hint, message: text } = cause;
  return hubError({ doing: "sending a request to the Hub", status, text, key, cause, code, hint });
}
