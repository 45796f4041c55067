import type Database from "better-sqlite3";
import { ArcfaceError, expected } from "../errors.ts";
import { embeddingFromBytes, embeddingToBytes } from "./embedding-bytes.ts";
import { removeIndexFiles } from "./index-file.node.ts";
import {
  checkTemplates,
  closedGallery,
  fingerprintMismatch,
  imageEnrolled,
  nameTaken,
  notEnrolled,
  personName,
} from "./rules.ts";
import { fromSqliteError, sqliteCode } from "./sqlite-errors.ts";
import { loadDriver, openDatabase, type SqliteStoreOptions } from "./sqlite-open.node.ts";
import type { GalleryStore, NewTemplate, Person, Snapshot, Template } from "./store.ts";

/**
 * The gallery in an SQLite file. An empty or absent file becomes a new gallery (mode 0600).
 *
 * Calls block the thread while they wait for another process's write, `busyTimeoutMs` (5 s) at most.
 * Deleting deletes: after `remove` no byte of the templates is left in the file or beside it.
 *
 * @throws {ArcfaceError} NOT_FOUND where the file is absent and `create` is false; UNSUPPORTED_FORMAT where it is no
 * gallery, damaged, or a newer version's; IO, NO_SPACE; CONFLICT where it stays locked; MISSING_TOOL where
 * better-sqlite3's native part is not built.
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<GalleryStore> {
  const db = openDatabase(await loadDriver(), path, options);
  try {
    return new SqliteStore(db);
  } catch (error) {
    db.close();
    throw fromSqliteError(error, path);
  }
}

const PERSON = `
  SELECT p.id, p.name, p.enrolled_at AS enrolledAt,
    (SELECT count(*) FROM templates t WHERE t.person_id = p.id) AS templates
  FROM people p`;

const TEMPLATE = `
  SELECT id, person_id AS personId, embedding, fingerprint, image_sha256 AS imageSha256, source,
    enrolled_at AS enrolledAt
  FROM templates`;

type TemplateRow = Omit<Template, "embedding"> & { readonly embedding: Uint8Array };
type Held = { readonly fingerprint: string; readonly byteLength: number };

class SqliteStore implements GalleryStore {
  readonly #db: Database.Database;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#finishSweep();
  }

  async fingerprint(): Promise<string | null> {
    return this.#do(() => this.#held()?.fingerprint ?? null);
  }

  async people(): Promise<Person[]> {
    return this.#do(() => this.#people());
  }

  async findPerson(name: string): Promise<Person | null> {
    const kept = personName(name);
    return this.#do(() => this.#find(kept) ?? null);
  }

  async templates(personId?: number): Promise<Template[]> {
    return this.#do(() => {
      if (personId === undefined) return this.#templatesAfter(0);
      return this.#all<TemplateRow>(`${TEMPLATE} WHERE person_id = ? ORDER BY id`, personId).map(toTemplate);
    });
  }

  async templatesAfter(template: number, limit: number): Promise<Template[]> {
    const where = "WHERE id > ? ORDER BY id LIMIT ?";
    return this.#do(() => this.#all<TemplateRow>(`${TEMPLATE} ${where}`, template, limit).map(toTemplate));
  }

  async embeddings(templateIds: readonly number[]): Promise<(Float32Array | null)[]> {
    return this.#do(() => {
      const select = this.#db.prepare<unknown[], Uint8Array>("SELECT embedding FROM templates WHERE id = ?").pluck();
      return templateIds.map((id) => {
        const bytes = select.get(id);
        return bytes ? embeddingFromBytes(bytes) : null;
      });
    });
  }

  async snapshot(afterTemplate = 0): Promise<Snapshot> {
    return this.#do(() =>
      this.#db.transaction(() => ({
        version: this.#version(),
        fingerprint: this.#held()?.fingerprint ?? null,
        people: this.#people(),
        templates: this.#templatesAfter(afterTemplate),
      }))(),
    );
  }

  async findImage(imageSha256: string): Promise<Person | null> {
    const where = "WHERE p.id = (SELECT person_id FROM templates WHERE image_sha256 = ? ORDER BY id LIMIT 1)";
    return this.#do(() => this.#get<Person>(`${PERSON} ${where}`, imageSha256) ?? null);
  }

  async enrol(name: string, fingerprint: string, templates: readonly NewTemplate[]): Promise<Person> {
    const kept = personName(name);
    const dimension = checkTemplates(fingerprint, templates);
    return this.#change(() => {
      this.#checkSameModel(fingerprint, dimension);
      const now = new Date().toISOString();
      this.#write("INSERT INTO people (name, enrolled_at) VALUES (?, ?) ON CONFLICT DO NOTHING", kept, now);
      const { id } = this.#find(kept)!;
      for (const template of templates) this.#insert(kept, id, fingerprint, template, now);
      return this.#find(kept)!;
    });
  }

  async rename(name: string, newName: string): Promise<void> {
    const [from, to] = [personName(name), personName(newName)];
    this.#change(() => {
      const person = this.#find(from);
      if (!person) throw notEnrolled(from);
      if (from === to) return;
      if (this.#find(to)) throw nameTaken(to);
      this.#write("UPDATE people SET name = ? WHERE id = ?", to, person.id);
    });
  }

  async remove(name: string): Promise<void> {
    const kept = personName(name);
    this.#change(() => {
      if (this.#write("DELETE FROM people WHERE name = ?", kept) === 0) throw notEnrolled(kept);
      this.#write("UPDATE state SET removed = version + 1"); // the version this change will have
    });
    try {
      this.#do(() => this.#sweep());
    } catch (cause) {
      if (!(cause instanceof ArcfaceError)) throw cause;
      const text = `gallery: ${JSON.stringify(kept)} is removed, but traces may remain in the file: ${cause.message}`;
      throw new ArcfaceError(cause.code, text, { hint: "they go when the gallery is opened next", cause });
    }
  }

  async version(): Promise<number> {
    return this.#do(() => this.#version());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#db.close();
  }

  #insert(name: string, personId: number, fingerprint: string, template: NewTemplate, now: string): void {
    const { embedding, imageSha256, source } = template;
    const had = "SELECT 1 FROM templates WHERE person_id = ? AND image_sha256 = ?";
    if (this.#get(had, personId, imageSha256)) throw imageEnrolled(name, template);
    this.#write(
      `INSERT INTO templates (person_id, embedding, fingerprint, image_sha256, source, enrolled_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      ...[personId, embeddingToBytes(embedding), fingerprint, imageSha256, source, now],
    );
  }

  #checkSameModel(fingerprint: string, dimension: number): void {
    const held = this.#held();
    if (!held) return;
    if (held.fingerprint !== fingerprint) throw fingerprintMismatch(held.fingerprint, fingerprint);
    if (held.byteLength !== dimension * 4) {
      throw expected("gallery", `an embedding of ${held.byteLength / 4} numbers`, `${dimension}`);
    }
  }

  /**
   * secure_delete zeroes what is deleted, but rows of an index that moved between pages leave copies it does not know
   * of (names were found), and the log holds the pages as they were: so the file is written anew and the log emptied.
   */
  #sweep(): void {
    const { removed } = this.#get<{ removed: number }>("SELECT removed FROM state")!;
    removeIndexFiles(this.#db.name);
    this.#db.exec("VACUUM");
    const [result] = this.#db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
    if (result?.busy !== 0) {
      throw new ArcfaceError("CONFLICT", `gallery ${this.#db.name}: another process is reading it`);
    }
    this.#write("UPDATE state SET swept = max(swept, ?)", removed);
  }

  /** What a `remove` that was killed, or met a reader or a full disk, left undone. */
  #finishSweep(): void {
    const state = this.#get<{ removed: number; swept: number }>("SELECT removed, swept FROM state");
    if (!state) throw new ArcfaceError("UNSUPPORTED_FORMAT", `gallery ${this.#db.name}: the gallery lacks its state`);
    if (state.swept >= state.removed) return;
    try {
      this.#sweep();
    } catch (error) {
      // The gallery is whole and can be used; whoever opens it next tries again.
      const code = sqliteCode(error) ?? (error as ArcfaceError).code;
      if (!/^(SQLITE_BUSY|SQLITE_FULL|CONFLICT)/.test(code)) throw error;
    }
  }

  /** A write: whole or not at all, one process at a time, on disk when it returns. */
  #change<T>(work: () => T): T {
    return this.#do(() =>
      this.#db
        .transaction(() => {
          const result = work();
          this.#write("UPDATE state SET version = version + 1");
          return result;
        })
        .immediate(),
    );
  }

  #do<T>(work: () => T): T {
    if (!this.#db.open) throw closedGallery();
    try {
      return work();
    } catch (error) {
      throw fromSqliteError(error, this.#db.name);
    }
  }

  #people(): Person[] {
    return this.#all<Person>(PERSON).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #find(name: string): Person | undefined {
    return this.#get<Person>(`${PERSON} WHERE p.name = ?`, name);
  }

  #templatesAfter(id: number): Template[] {
    return this.#all<TemplateRow>(`${TEMPLATE} WHERE id > ? ORDER BY id`, id).map(toTemplate);
  }

  #held(): Held | undefined {
    return this.#get<Held>("SELECT fingerprint, length(embedding) AS byteLength FROM templates LIMIT 1");
  }

  #version(): number {
    return this.#get<{ version: number }>("SELECT version FROM state")!.version;
  }

  #all<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.#db.prepare<unknown[], Row>(sql).all(...values);
  }

  #get<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return this.#db.prepare<unknown[], Row>(sql).get(...values);
  }

  /** @returns the number of rows changed. */
  #write(sql: string, ...values: unknown[]): number {
    return this.#db.prepare(sql).run(...values).changes;
  }
}

function toTemplate(row: TemplateRow): Template {
  return { ...row, embedding: embeddingFromBytes(row.embedding) };
}
