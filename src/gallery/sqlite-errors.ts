import { ArcfaceError } from "../errors.ts";

type Rule = { readonly code: ArcfaceError["code"]; readonly says: string; readonly hint?: string };

/** What SQLite's result codes mean for a gallery; the longest prefix that fits decides. */
const RULES: Record<string, Rule> = {
  SQLITE_FULL: {
    code: "NO_SPACE",
    says: "the disk is full",
    hint: "free some space and try again; what was enrolled before is kept",
  },
  SQLITE_BUSY: {
    code: "CONFLICT",
    says: "another process is writing to it",
    hint: "try again when it has finished",
  },
  SQLITE_LOCKED: { code: "CONFLICT", says: "it is being read in this process" },
  SQLITE_NOTADB: { code: "UNSUPPORTED_FORMAT", says: "expected a gallery, got a file that is not an SQLite database" },
  SQLITE_CORRUPT: {
    code: "UNSUPPORTED_FORMAT",
    says: "the gallery is damaged",
    hint: "restore a copy, or enrol the people anew",
  },
  // A table or column that is not there: our mark on the file, but not our schema.
  SQLITE_ERROR: { code: "UNSUPPORTED_FORMAT", says: "the gallery lacks tables it should have" },
  SQLITE_READONLY: { code: "IO", says: "the file or its folder is read-only", hint: "a gallery is opened for writing" },
  SQLITE_CANTOPEN: { code: "IO", says: "the file system refuses to open it", hint: "check its permissions" },
  SQLITE_PERM: { code: "IO", says: "the file system refuses to open it", hint: "check its permissions" },
  SQLITE_IOERR: { code: "IO", says: "reading or writing failed" },
  // The shared-memory file beside the gallery could not grow to its 32 kB.
  SQLITE_IOERR_SHMSIZE: { code: "NO_SPACE", says: "the disk is full", hint: "free some space and try again" },
};

/**
 * An error of the SQLite driver as an ArcfaceError; anything else comes back as it is.
 *
 * @param path the gallery's, for the message.
 */
export function fromSqliteError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === null) return error;
  const key = Object.keys(RULES)
    .filter((prefix) => code === prefix || code.startsWith(`${prefix}_`))
    .sort((a, b) => b.length - a.length)[0];
  const rule: Rule = RULES[key ?? ""] ?? { code: "INTERNAL", says: "SQLite failed" };
  const { message } = error as Error;
  const text = `gallery ${path}: ${rule.says} (${code}: ${message})`;
  return new ArcfaceError(rule.code, text, { hint: rule.hint, cause: error });
}

/** `SQLITE_…` where the error is the driver's, else `null`. */
export function sqliteCode(error: unknown): string | null {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : null;
}
