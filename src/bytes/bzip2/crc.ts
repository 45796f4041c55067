const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** One byte into bzip2's CRC-32 (most significant bit first), which starts at −1 and is inverted at the end. */
export function addToCrc(crc: number, byte: number): number {
  return (crc << 8) ^ TABLE[(crc >>> 24) ^ byte]!;
}

/** A block's checksum into its stream's. */
export function combineCrc(stream: number, block: number): number {
  return ((stream << 1) | (stream >>> 31)) ^ block;
}
