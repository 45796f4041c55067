/** Arrays that are used again, for what is made and read thousands of times: new ones would keep the collector busy. */
export interface ArrayPool {
  /** An array of that length for as long as `use` takes, with whatever numbers were left in it. */
  lend<Result>(length: number, use: (array: Float32Array<ArrayBuffer>) => Promise<Result>): Promise<Result>;
}

/** Kept at most: as many as uses overlap, as a rule. */
const MOST = 2;

export function createArrayPool(): ArrayPool {
  const free: Float32Array<ArrayBuffer>[] = [];
  return {
    async lend(length, use) {
      const at = free.findIndex((array) => array.length === length);
      const array = at === -1 ? new Float32Array(length) : free.splice(at, 1)[0]!;
      try {
        return await use(array);
      } finally {
        if (free.length === MOST) free.shift();
        free.push(array);
      }
    },
  };
}
