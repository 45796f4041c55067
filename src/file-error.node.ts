import { ArcfaceError, type ErrorCode } from "./errors.ts";

/** What the system's refusals mean for a caller; any other is IO. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: "NO_SPACE",
  EDQUOT: "NO_SPACE",
  ENOENT: "NOT_FOUND",
  ERR_FS_FILE_TOO_LARGE: "TOO_LARGE",
};

const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a file stands where a folder is meant",
  EEXIST: "a file stands where a folder is meant",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

/**
 * A file system error as ours; an ArcfaceError is handed back as it is.
 *
 * @param where what the error is about: a path.
 * @param doing what was being done, as "writing the model cache".
 */
export function fileError(error: unknown, where: string, doing: string, hint?: string): ArcfaceError {
  if (error instanceof ArcfaceError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new ArcfaceError(CODES[code] ?? "IO", `${where}: ${doing}: ${SENTENCES[code] ?? message}`, {
    hint,
    cause: error,
  });
}
