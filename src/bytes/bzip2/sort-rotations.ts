/**
 * The rotations of a block in order, each by where it begins; equal ones in any order.
 *
 * Prefix doubling: known the order by the first k bytes, that by 2k is a stable counting sort by the rank of the first
 * half of what is in order by the second. O(n log n) for any bytes.
 */
export function sortRotations(block: Uint8Array): Int32Array {
  const n = block.length;
  const order = new Int32Array(n);
  const shifted = new Int32Array(n);
  let rank = new Int32Array(n);
  let nextRank = new Int32Array(n);
  const starts = new Int32Array(Math.max(n, 1 << 16) + 1);

  /** Into `order`: `positions` sorted stably by `rank`, which is below `count`. */
  const sort = (positions: Int32Array, count: number) => {
    starts.fill(0, 0, count + 1);
    for (let i = 0; i < n; i++) starts[rank[i]! + 1]!++;
    for (let r = 0; r < count; r++) starts[r + 1]! += starts[r]!;
    for (let i = 0; i < n; i++) order[starts[rank[positions[i]!]!]!++] = positions[i]!;
  };

  for (let i = 0; i < n; i++) {
    rank[i] = (block[i]! << 8) | block[i + 1 === n ? 0 : i + 1]!;
    shifted[i] = i;
  }
  sort(shifted, 1 << 16);
  for (let k = 2, ranks = rerank(0); ranks < n && k < n; k *= 2) {
    for (let i = 0; i < n; i++) shifted[i] = order[i]! >= k ? order[i]! - k : order[i]! - k + n;
    sort(shifted, ranks);
    ranks = rerank(k);
  }
  return order;

  /** Ranks by two halves `half` apart, along `order`. @returns how many there are. */
  function rerank(half: number): number {
    let ranks = 0;
    let [first, second] = [-1, -1];
    for (let i = 0; i < n; i++) {
      const at = order[i]!;
      const other = at + half < n ? at + half : at + half - n;
      const [a, b] = [rank[at]!, rank[other]!];
      if (a !== first || b !== second) ranks++;
      first = a;
      second = b;
      nextRank[at] = ranks - 1;
    }
    [rank, nextRank] = [nextRank, rank];
    return ranks;
  }
}
