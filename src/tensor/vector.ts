/** The inner product of two vectors of one length; cosine similarity where both are L2-normalised. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** √Σx². */
export function l2Norm(x: Float32Array): number {
  return Math.sqrt(dot(x, x));
}

/** x / ‖x‖ as a new vector; all zeros stays all zeros. */
export function l2Normalize(x: Float32Array): Float32Array {
  const norm = l2Norm(x);
  return norm === 0 ? new Float32Array(x.length) : x.map((value) => value / norm);
}

/** a + b as a new vector. */
export function add(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}
