import { expected } from "../errors.ts";
import {
  checkTemplates,
  closedGallery,
  fingerprintMismatch,
  imageEnrolled,
  nameTaken,
  notEnrolled,
  personName,
} from "./rules.ts";
import type { GalleryStore, NewTemplate, Person, Snapshot, Template } from "./store.ts";

type Entry = { readonly id: number; readonly name: string; readonly enrolledAt: string };

/** A gallery that lives as long as the object does: for tests, and for a page that keeps nothing. */
export function createMemoryStore(): GalleryStore {
  return new MemoryStore();
}

// Every method runs to its end before another starts (no await inside), so each is whole or not at all.
class MemoryStore implements GalleryStore {
  #people: Entry[] = [];
  #templates: Template[] = [];
  #nextPerson = 1;
  #nextTemplate = 1;
  #version = 0;
  #closed = false;

  async fingerprint(): Promise<string | null> {
    this.#checkOpen();
    return this.#templates[0]?.fingerprint ?? null;
  }

  async people(): Promise<Person[]> {
    this.#checkOpen();
    return this.#listPeople();
  }

  async findPerson(name: string): Promise<Person | null> {
    const entry = this.#find(personName(name));
    return entry ? this.#person(entry) : null;
  }

  async templates(personId?: number): Promise<Template[]> {
    this.#checkOpen();
    return this.#templates.filter((t) => personId === undefined || t.personId === personId).map(copy);
  }

  async templatesAfter(template: number, limit: number): Promise<Template[]> {
    this.#checkOpen();
    const first = this.#templates.findIndex(({ id }) => id > template);
    return first === -1 ? [] : this.#templates.slice(first, first + limit).map(copy);
  }

  async embeddings(templateIds: readonly number[]): Promise<(Float32Array | null)[]> {
    this.#checkOpen();
    const wanted = new Set(templateIds);
    const found = new Map(this.#templates.filter(({ id }) => wanted.has(id)).map((t) => [t.id, t.embedding]));
    return templateIds.map((id) => found.get(id)?.slice() ?? null);
  }

  async snapshot(afterTemplate = 0): Promise<Snapshot> {
    this.#checkOpen();
    return {
      version: this.#version,
      fingerprint: this.#templates[0]?.fingerprint ?? null,
      people: this.#listPeople(),
      templates: this.#templates.filter((t) => t.id > afterTemplate).map(copy),
    };
  }

  async findImage(imageSha256: string): Promise<Person | null> {
    this.#checkOpen();
    const template = this.#templates.find((t) => t.imageSha256 === imageSha256);
    const entry = template && this.#people.find((p) => p.id === template.personId);
    return entry ? this.#person(entry) : null;
  }

  async enrol(name: string, fingerprint: string, templates: readonly NewTemplate[]): Promise<Person> {
    const kept = personName(name);
    const dimension = checkTemplates(fingerprint, templates);
    const found = this.#find(kept);
    const held = this.#templates[0];
    if (held && held.fingerprint !== fingerprint) throw fingerprintMismatch(held.fingerprint, fingerprint);
    if (held && held.embedding.length !== dimension) {
      throw expected("gallery", `an embedding of ${held.embedding.length} numbers`, `${dimension}`);
    }
    const own = new Set(this.#templates.filter((t) => t.personId === found?.id).map((t) => t.imageSha256));
    const twice = templates.find((t) => t.imageSha256 !== null && own.has(t.imageSha256));
    if (twice) throw imageEnrolled(kept, twice);

    const enrolledAt = new Date().toISOString();
    const entry = found ?? { id: this.#nextPerson++, name: kept, enrolledAt };
    if (!found) this.#people.push(entry);
    for (const template of templates) {
      const { embedding, imageSha256, source } = copy(template);
      const id = this.#nextTemplate++;
      this.#templates.push({ id, personId: entry.id, embedding, fingerprint, imageSha256, source, enrolledAt });
    }
    this.#version++;
    return this.#person(entry);
  }

  async rename(name: string, newName: string): Promise<void> {
    const entry = this.#named(name);
    const kept = personName(newName);
    if (kept === entry.name) return;
    if (this.#find(kept)) throw nameTaken(kept);
    this.#people = this.#people.map((p) => (p === entry ? { ...p, name: kept } : p));
    this.#version++;
  }

  async remove(name: string): Promise<void> {
    const entry = this.#named(name);
    this.#people = this.#people.filter((p) => p !== entry);
    this.#templates = this.#templates.filter((t) => t.personId !== entry.id);
    this.#version++;
  }

  async version(): Promise<number> {
    this.#checkOpen();
    return this.#version;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #find(name: string): Entry | undefined {
    this.#checkOpen();
    return this.#people.find((p) => p.name === name);
  }

  #named(name: string): Entry {
    const kept = personName(name);
    const entry = this.#find(kept);
    if (!entry) throw notEnrolled(kept);
    return entry;
  }

  #listPeople(): Person[] {
    return this.#people.map((p) => this.#person(p)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #person({ id, name, enrolledAt }: Entry): Person {
    return { id, name, templates: this.#templates.filter((t) => t.personId === id).length, enrolledAt };
  }

  #checkOpen(): void {
    if (this.#closed) throw closedGallery();
  }
}

function copy<T extends NewTemplate>(template: T): T {
  return { ...template, embedding: template.embedding.slice() };
}
