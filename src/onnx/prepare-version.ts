/** Grows whenever prepareModel would make other bytes of the same file, so that what a cache holds is made again. */
export const PREPARE_VERSION = 4;
