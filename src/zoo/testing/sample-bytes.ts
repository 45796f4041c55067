/** Bytes to recognise a file by: others for each seed, and nothing like a network or an archive. */
export const bytesOf = (seed: number, byteLength = 60_000): Uint8Array =>
  Uint8Array.from({ length: byteLength }, (_, i) => (Math.imul(i + 1, 2654435761 + seed) >>> 11) & 255);
