import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where Linux shows the processor's energy counters (RAPL, of Intel and AMD alike). */
const POWERCAP = "/sys/class/powercap";

/** Reads a small text file; throws as fs does. */
type ReadText = (path: string) => Promise<string>;

type Counter = { readonly path: string; readonly range: number };

/** Measures what the processor's packages draw, all together, whoever uses them. */
export interface PowerMeter {
  /** Add up from here. */
  start(): Promise<void>;
  /** To be called more often than a counter comes round (minutes). */
  sample(): Promise<void>;
  /** Watts since `start`. */
  stop(): Promise<number>;
}

/**
 * The machine's power meter.
 *
 * @param now seconds.
 * @returns `null` with the reason where there is none, or it may not be read.
 */
export async function openPowerMeter({
  folder = POWERCAP,
  read = (path: string) => readFile(path, "utf8"),
  now = () => performance.now() / 1000,
}: {
  folder?: string;
  read?: ReadText;
  now?: () => number;
} = {}): Promise<
  { readonly meter: PowerMeter; readonly note: null } | { readonly meter: null; readonly note: string }
> {
  const none = (note: string) => ({ meter: null, note });
  // intel-rapl:0 is a package; intel-rapl:0:0 (its cores) is a part of it, intel-rapl-mmio:0 the same seen otherwise.
  const zones = (await readdir(folder).catch(() => [])).filter((name) => /^intel-rapl:\d+$/.test(name));
  const counters: Counter[] = [];
  try {
    for (const zone of zones) {
      // psys is the whole board, the packages among it.
      if (!(await read(join(folder, zone, "name"))).startsWith("package")) continue;
      const path = join(folder, zone, "energy_uj");
      counters.push({ path, range: await readNumber(read, join(folder, zone, "max_energy_range_uj")) });
      await readNumber(read, path);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const denied = code === "EACCES" || code === "EPERM";
    return none(denied ? "the energy counters may be read by root only" : "the energy counters cannot be read");
  }
  if (counters.length === 0) return none("this machine has no energy counters (RAPL)");

  let [began, microjoules]: [number, number] = [0, 0];
  let last: readonly number[] = [];
  const readAll = () => Promise.all(counters.map(({ path }) => readNumber(read, path)));
  const meter: PowerMeter = {
    async start() {
      [last, began, microjoules] = [await readAll(), now(), 0];
    },
    async sample() {
      const values = await readAll();
      for (const [i, value] of values.entries()) microjoules += energyBetween(last[i]!, value, counters[i]!.range);
      last = values;
    },
    async stop() {
      await meter.sample();
      return microjoules / 1e6 / (now() - began);
    },
  };
  return { meter, note: null };
}

/** A counter goes from its range back to 0. */
function energyBetween(before: number, after: number, range: number): number {
  return after >= before ? after - before : after - before + range;
}

async function readNumber(read: ReadText, path: string): Promise<number> {
  const text = (await read(path)).trim();
  if (!/^\d+$/.test(text)) throw new Error(`${path}: expected a whole number, got ${text.slice(0, 40)}`);
  return Number(text);
}
