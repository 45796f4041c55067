/** The first 24 of the 48 bits that begin a block (π) and the end of a stream (√π). */
export const BLOCK_MAGIC = [0x314159, 0x265359] as const;
export const END_MAGIC = [0x177245, 0x385090] as const;

/** Times the level: the most bytes in a block, before the last but after the first run-length coding. */
export const BLOCK_UNIT = 100_000;

/** Symbols that are coded with one Huffman table before the next is chosen. */
export const GROUP_SIZE = 50;

/** Run lengths are written in a base-2 notation with the digits 1 and 2. */
export const RUN_A = 0;
export const RUN_B = 1;
