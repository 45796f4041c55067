/** A person enrolled in a gallery. */
export type Person = {
  readonly id: number;
  /** Unique in the gallery; not empty. */
  readonly name: string;
  readonly templates: number;
  /** ISO 8601, UTC. */
  readonly enrolledAt: string;
};

/** One face of a person. */
export type Template = {
  readonly id: number;
  readonly personId: number;
  /** L2-normalised. */
  readonly embedding: Float32Array;
  /** Which recogniser made it: see `fingerprint` in GalleryInfo. */
  readonly fingerprint: string;
  /** Hex sha256 of the file it came from; `null` where there was none. */
  readonly imageSha256: string | null;
  /** What the caller called the image: a path as given. */
  readonly source: string | null;
  readonly enrolledAt: string;
};

export type NewTemplate = Pick<Template, "embedding" | "imageSha256" | "source">;

/** A gallery as it was at one moment. */
export type Snapshot = {
  readonly version: number;
  readonly fingerprint: string | null;
  readonly people: readonly Person[];
  readonly templates: readonly Template[];
};

/**
 * Where people and templates are kept. Every write is durable when its promise resolves, whole or not at all,
 * and safe beside other processes.
 */
export interface GalleryStore extends AsyncDisposable {
  /** The recogniser whose templates live here; `null` until the first is enrolled. */
  fingerprint(): Promise<string | null>;
  /** In order of name (by code unit). */
  people(): Promise<Person[]>;
  /** `null` where nobody has that name. */
  findPerson(name: string): Promise<Person | null>;
  /** All, or one person's, in order of id. Ids grow with every template and are never used again. */
  templates(personId?: number): Promise<Template[]>;
  /** Those with an id above `template`, in order of id, `limit` of them at most: a large gallery is read by pages. */
  templatesAfter(template: number, limit: number): Promise<Template[]>;
  /** Of each of those templates its embedding; `null` where there is no such template. */
  embeddings(templateIds: readonly number[]): Promise<(Float32Array | null)[]>;
  /** Everything an index needs, read at once; of the templates only those with an id above `afterTemplate`. */
  snapshot(afterTemplate?: number): Promise<Snapshot>;
  /** Which person has a template from these bytes (of several, who had it first); `null` if nobody. */
  findImage(imageSha256: string): Promise<Person | null>;
  /**
   * Add templates to the person of that name, who is created where new.
   *
   * @param name kept without blanks around it, in Unicode's form NFC; see `personName`.
   * @param templates one or more. A person has an image once; a group photo may serve several people.
   * @throws {ArcfaceError} INVALID_ARGUMENT; MODEL_MISMATCH where the gallery holds templates of another fingerprint;
   * CONFLICT where the person has a template from the same image already.
   */
  enrol(name: string, fingerprint: string, templates: readonly NewTemplate[]): Promise<Person>;
  /** @throws {ArcfaceError} NOT_FOUND; CONFLICT where the new name is another person's. */
  rename(name: string, newName: string): Promise<void>;
  /** Delete a person and every trace of their templates. @throws {ArcfaceError} NOT_FOUND */
  remove(name: string): Promise<void>;
  /** Grows with every change by any process; lets an index know when to reload. */
  version(): Promise<number>;
}
