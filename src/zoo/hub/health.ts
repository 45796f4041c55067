import { ArcfaceError } from "../../errors.ts";
import { request } from "../download/download-request.ts";
import type { HubAccess } from "./ask.ts";

/** Whether the hub is there: its health endpoint answers 200 within that time. */
export async function isHubHealthy(
  healthEndpoint: string,
  timeoutMs: number,
  { signal, fetch }: Pick<HubAccess, "signal" | "fetch">,
): Promise<boolean> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const answer = await request(healthEndpoint, { signal: either, fetch, silenceMs: timeoutMs });
    answer.close();
    return answer.status === 200;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error instanceof ArcfaceError && error.code === "INVALID_ARGUMENT") throw error;
    return false;
  }
}
