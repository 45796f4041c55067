/** Embeddings on disk: float32, little-endian, one after another. */
export function embeddingToBytes(embedding: Float32Array): Uint8Array {
  const bytes = new Uint8Array(embedding.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < embedding.length; i++) view.setFloat32(i * 4, embedding[i]!, true);
  return bytes;
}

/** @param bytes a multiple of four of them; what is left over is not read. */
export function embeddingFromBytes(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const embedding = new Float32Array(Math.floor(bytes.byteLength / 4));
  for (let i = 0; i < embedding.length; i++) embedding[i] = view.getFloat32(i * 4, true);
  return embedding;
}
