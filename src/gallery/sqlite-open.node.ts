import { closeSync, mkdirSync, openSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type Database from "better-sqlite3";
import { ArcfaceError, expected } from "../errors.ts";
import { fromSqliteError, sqliteCode } from "./sqlite-errors.ts";

/** "ArcF": marks an SQLite file as a gallery (its `application_id`). */
const APPLICATION_ID = 0x41726346;
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    enrolled_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE templates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    embedding BLOB NOT NULL CHECK (length(embedding) > 0 AND length(embedding) % 4 = 0), -- float32, little-endian
    fingerprint TEXT NOT NULL,
    image_sha256 TEXT,
    source TEXT,
    enrolled_at TEXT NOT NULL,
    UNIQUE (person_id, image_sha256)
  ) STRICT;

  CREATE INDEX templates_by_image ON templates (image_sha256) WHERE image_sha256 IS NOT NULL;

  -- One row. version counts changes; swept is the removal up to which no trace of deleted templates is in the file.
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    swept INTEGER NOT NULL
  ) STRICT;
  INSERT INTO state VALUES (1, 0, 0, 0);

  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

export type SqliteStoreOptions = {
  /** Make the file (mode 0600), and the folders above it, where they are not there. */
  readonly create?: boolean;
  /** How long a call waits for another process's write before it throws CONFLICT. */
  readonly busyTimeoutMs?: number;
};

export type Driver = typeof Database;

/**
 * The SQLite driver, loaded at the first gallery call so that everything else runs without its native part.
 *
 * @throws {ArcfaceError} MISSING_TOOL where the package or its native part is not there or is another Node's.
 */
export async function loadDriver(
  load: () => Promise<{ readonly default: Driver }> = () => import("better-sqlite3"),
): Promise<Driver> {
  try {
    const driver = (await load()).default;
    new driver(":memory:").close(); // the native part is loaded only now
    return driver;
  } catch (cause) {
    throw new ArcfaceError("MISSING_TOOL", "gallery: the native part of better-sqlite3 cannot be loaded", {
      hint: "build it with `npm rebuild better-sqlite3` (needs python3, make and g++)",
      cause,
    });
  }
}

/** An SQLite file that is a gallery, new or old, ready for use. */
export function openDatabase(
  driver: Driver,
  givenPath: string,
  { create = true, busyTimeoutMs = 5000 }: SqliteStoreOptions = {},
): Database.Database {
  const path = checkPath(givenPath);
  if (!(Number.isInteger(busyTimeoutMs) && busyTimeoutMs >= 0 && busyTimeoutMs < 2 ** 31)) {
    throw expected("gallery", "a busyTimeoutMs of whole milliseconds, 0 or more", `${busyTimeoutMs}`);
  }
  prepareFile(path, create);
  let db: Database.Database | undefined;
  try {
    db = new driver(path, { fileMustExist: true, timeout: busyTimeoutMs });
    // Nothing is written before the file is known to be a gallery or empty.
    db.pragma("trusted_schema = OFF");
    db.pragma("synchronous = FULL");
    db.pragma("fullfsync = ON"); // on macOS fsync alone does not reach the disk
    db.pragma("foreign_keys = ON");
    db.pragma("secure_delete = ON");
    db.pragma("temp_store = MEMORY"); // VACUUM would put all templates into a file of the system's temporary folder
    if (db.pragma("page_count", { simple: true }) === 0) initialise(db);
    checkIdentity(db, path);
    useWriteAheadLog(db, path, busyTimeoutMs);
    return db;
  } catch (error) {
    db?.close();
    throw fromSqliteError(error, path);
  }
}

function checkPath(path: string): string {
  if (typeof path !== "string" || path === "") throw expected("gallery", "the path of a file", "none");
  if (path.includes("\0")) throw expected("gallery", "the path of a file", "one with a NUL character");
  // The driver trims paths: it would open another file than the one that was checked.
  if (path !== path.trim()) throw expected("gallery", "a path without blanks around it", JSON.stringify(path));
  return resolve(path); // also keeps ":memory:" and "file:" from meaning something else
}

// The file is only looked at, never opened, where it exists: closing any descriptor of it would drop the locks that
// another connection of this process holds (POSIX).
function prepareFile(path: string, create: boolean): void {
  const stats = statsOf(path);
  if (stats === null) {
    if (!create) {
      const hint = "enrol somebody to make one, or check the path (--gallery)";
      throw new ArcfaceError("NOT_FOUND", `gallery: there is no ${path}`, { hint });
    }
    makeFile(path);
  } else if (!stats.isFile()) {
    const kind = stats.isDirectory() ? "a folder" : "something that is not a file";
    const hint = "name a file in it, such as people.gallery";
    throw new ArcfaceError("IO", `gallery: expected a file, ${path} is ${kind}`, stats.isDirectory() ? { hint } : {});
  }
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw fromFileError(error, path);
  }
}

function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Templates are biometric data: for their owner alone. SQLite gives its -wal and -shm files the same mode.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && statsOf(path)?.isFile()) return;
    throw fromFileError(error, path);
  }
}

function fromFileError(error: unknown, path: string): ArcfaceError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ArcfaceError("NO_SPACE", `gallery ${path}: the disk is full`, { cause: error });
  }
  return new ArcfaceError("IO", `gallery ${path}: the file system refuses (${message})`, { cause: error });
}

/** Whole or not at all, and once, whoever comes at the same time. */
function initialise(db: Database.Database): void {
  db.pragma("page_size = 8192"); // three templates of 512 numbers a page; 4096 would hold one and waste half
  db.transaction(() => {
    if (db.prepare("SELECT 1 FROM sqlite_schema").get() === undefined) db.exec(SCHEMA);
  }).exclusive();
}

function checkIdentity(db: Database.Database, path: string): void {
  const applicationId = db.pragma("application_id", { simple: true });
  if (applicationId !== APPLICATION_ID) {
    const text = `gallery ${path}: expected a gallery, got another program's SQLite database`;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", text);
  }
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version !== SCHEMA_VERSION) {
    const text = `gallery ${path}: expected a gallery of version ${SCHEMA_VERSION}, got version ${version}`;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", text, {
      hint: version > SCHEMA_VERSION ? "a newer arcface wrote it: use that one, or a later" : undefined,
    });
  }
}

// SQLite does not wait by itself where the change of journal finds another connection at work on a new file.
function useWriteAheadLog(db: Database.Database, path: string, busyTimeoutMs: number): void {
  const deadline = Date.now() + busyTimeoutMs;
  for (;;) {
    try {
      const mode = db.pragma("journal_mode = WAL", { simple: true });
      if (mode === "wal") return;
      throw new ArcfaceError("IO", `gallery ${path}: its file system cannot share memory between processes`, {
        hint: "keep the gallery on a local disk",
      });
    } catch (error) {
      if (sqliteCode(error) !== "SQLITE_BUSY" || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
