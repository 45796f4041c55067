/** How a machine's cores are shared out: so many threads with networks of their own, each run of them on so many cores. */
export type BulkPlan = {
  /** Threads, each with all networks. */
  readonly workers: number;
  /** Threads within one run of a network. */
  readonly threads: number;
  /** Crops in one run of the recogniser. */
  readonly batch: number;
};

/** More workers than this are seldom worth their memory: each holds all networks. */
const MOST_WORKERS = 32;

/** What is right for most machines: a core a worker. Batches beyond a few crops do not fit the caches of a core. */
export function defaultPlan(cores: number): BulkPlan {
  return { workers: Math.max(1, Math.min(MOST_WORKERS, cores)), threads: 1, batch: 4 };
}

/** What was measured of a plan, all workers together. */
export type MeasuredPlan = BulkPlan & {
  /** Crops a second through the recogniser alone. */
  readonly crops: number;
  /** Pictures a second through the detector alone; infinite where there is none. */
  readonly photographs: number;
  /** A face a picture: through one after the other. */
  readonly faces: number;
};

const BATCHES = [1, 2, 4, 8, 16] as const;

/** The splits of so many cores that are worth a try: threads in a run from one on, doubled each time. */
export function plansFor(
  cores: number,
  oneByOne: boolean,
): { readonly workers: number; readonly threads: number; readonly batches: readonly number[] }[] {
  const splits: { workers: number; threads: number; batches: readonly number[] }[] = [];
  for (let threads = 1; threads <= cores; threads *= 2) {
    const workers = Math.min(MOST_WORKERS, Math.floor(cores / threads));
    splits.push({ workers, threads, batches: oneByOne ? [1] : BATCHES });
  }
  return splits;
}

/** Rates nearer than this to the best are noise. */
const NOISE = 0.02;

/** The first that is as good as the best: more workers and smaller batches come first. */
export function bestOf<Plan extends MeasuredPlan>(measured: readonly Plan[]): Plan {
  const best = Math.max(...measured.map(({ faces }) => faces));
  return measured.find(({ faces }) => faces >= (1 - NOISE) * best)!;
}
