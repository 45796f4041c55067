import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ArcfaceError } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";

export type LockOptions = {
  /** Called once, where another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A lock not touched for so long belongs to a process that was killed. At least 2000. */
  readonly staleMs?: number | undefined;
};

/**
 * Run with the only right to write to a folder, among all processes; waits for it. The folder is made.
 * The lock is a folder `lock` in it, touched while held.
 *
 * @throws {ArcfaceError} CANCELLED, IO, NO_SPACE; and what `run` throws.
 */
export async function withLock<T>(folder: string, run: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw fileError(error, folder, "making the model cache", "ARCFACE_CACHE may name another folder");
  });
  return withLockOn(folder, join(folder, "lock"), run, options);
}

/**
 * The same on any file or folder that is there.
 *
 * @param lockPath where the lock's own folder is to be made.
 */
export async function withLockOn<T>(
  path: string,
  lockPath: string,
  run: () => Promise<T>,
  { onWait, signal, staleMs = 15_000 }: LockOptions = {},
): Promise<T> {
  const { default: lockfile } = await import("proper-lockfile");
  const options = {
    lockfilePath: lockPath,
    stale: staleMs,
    // Losing it (a machine that slept) does no harm: files are written whole, under the name of their contents.
    onCompromised: () => {},
  };
  const release = await acquire(() => lockfile.lock(path, options), path, { onWait, signal });
  return await run().finally(() => release().catch(() => {}));
}

async function acquire<T>(tryOnce: () => Promise<T>, folder: string, { onWait, signal }: LockOptions): Promise<T> {
  for (let waited = 0; ; waited++) {
    if (signal?.aborted) throw new ArcfaceError("CANCELLED", "zoo: cancelled", { cause: signal.reason });
    try {
      return await tryOnce();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED")
        throw fileError(error, folder, "locking the model cache");
    }
    if (waited === 0) onWait?.();
    await delay(100);
  }
}
