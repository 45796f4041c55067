import type { KeptPromise } from "../../calibrate/promise-keeper.ts";
import { ArcfaceError, expected } from "../../errors.ts";
import { Gallery } from "../../gallery/gallery.ts";
import type { GalleryStore } from "../../gallery/store.ts";
import { openSqliteStore } from "../../gallery/store-sqlite.node.ts";
import { type Command, defineCommand } from "../command.ts";
import { galleryPath } from "../open.node.ts";
import { galleryOption } from "../options.ts";
import { openKeeper, promiseOptions, sayPromise } from "../promise.node.ts";

/** The people of a gallery need no network, so the store is opened as it is, whatever recogniser it belongs to. */
const open = async (path: string | undefined): Promise<GalleryStore> =>
  openSqliteStore(await galleryPath(path), { create: false });

const oneName = (command: string, args: readonly string[]): string => {
  const [name] = args;
  if (name === undefined || args.length !== 1) throw expected(`people ${command}`, "one name", `${args.length}`);
  return name;
};

const list = defineCommand({
  name: "people list",
  arguments: "",
  summary: "who is enrolled",
  examples: ["arcface people list --gallery staff.db"],
  options: { ...galleryOption },
  async run(_args, options) {
    await using store = await open(options.gallery);
    return { fingerprint: await store.fingerprint(), people: await store.people() };
  },
  format: ({ people, fingerprint }) =>
    people.length === 0
      ? "nobody is enrolled"
      : [
          ...people.map(
            (p) => `${p.name}: ${p.templates} ${p.templates === 1 ? "template" : "templates"}, since ${p.enrolledAt}`,
          ),
          `${people.length} people; templates of ${fingerprint}`,
        ].join("\n"),
});

const show = defineCommand({
  name: "people show",
  arguments: "<name>",
  summary: "one person's templates, without the embeddings",
  examples: ["arcface people show Anna"],
  options: { ...galleryOption },
  async run(args, options) {
    const name = oneName("show", args);
    await using store = await open(options.gallery);
    const person = await store.findPerson(name);
    if (!person)
      throw new ArcfaceError("NOT_FOUND", `${name}: nobody of that name is enrolled`, {
        hint: "arcface people list shows who is",
      });
    const templates = (await store.templates(person.id)).map(({ embedding: _, ...rest }) => rest);
    return { ...person, templates };
  },
  format: ({ name, enrolledAt, templates }) =>
    [
      `${name}, since ${enrolledAt}`,
      ...templates.map((t) => `  ${t.source ?? "no file"} (${t.enrolledAt}, ${t.fingerprint})`),
    ].join("\n"),
});

const rename = defineCommand({
  name: "people rename",
  arguments: "<name> <new name>",
  summary: "give a person another name",
  examples: ['arcface people rename Anna "Anna Berg"'],
  options: { ...galleryOption },
  async run(args, options) {
    const [from, to] = args;
    if (!from || !to || args.length !== 2) throw expected("people rename", "a name and a new name", `${args.length}`);
    await using store = await open(options.gallery);
    await store.rename(from, to);
    return { from, to };
  },
  format: ({ from, to }) => `${from} is now ${to}`,
});

const remove = defineCommand({
  name: "people remove",
  arguments: "<name>",
  summary: "delete a person and every trace of their templates",
  examples: ["arcface people remove Anna"],
  options: { ...galleryOption },
  async run(args, options) {
    const name = oneName("remove", args);
    await using store = await open(options.gallery);
    await store.remove(name);
    return { removed: name };
  },
  format: ({ removed }) => `${removed} is removed`,
});

const promise = defineCommand({
  name: "people promise",
  arguments: "",
  summary: "which threshold lets a gallery name at most one of so many visitors who are not enrolled",
  examples: ["arcface people promise --gallery staff.db --cohort strangers.safetensors --promise 1000"],
  options: { ...galleryOption, ...promiseOptions },
  async run(_args, options) {
    if (options.cohort === undefined)
      throw expected("people promise", "--cohort FILE", "none", "arcface calibrate FOLDER --cohort FILE writes one");
    const store = await open(options.gallery);
    const fingerprint = await store.fingerprint();
    await using gallery = new Gallery(store, fingerprint ?? "nobody's");
    if (fingerprint === null) throw new ArcfaceError("NOT_FOUND", "people promise: nobody is enrolled");
    const keeper = await openKeeper(gallery, options.cohort);
    const promises: KeptPromise[] = [];
    for (const visitors of options.promise === undefined ? [100, 1000, 10_000] : [options.promise])
      promises.push(await keeper.promise({ visitors }));
    return { fingerprint, promises };
  },
  format: ({ promises }) =>
    [
      `${promises[0]!.enrolled} people, ${promises[0]!.templates} templates, measured on ${promises[0]!.measuredOn} people`,
      ...promises.map(sayPromise),
    ].join("\n"),
});

export const peopleCommands: readonly Command[] = [list, show, rename, remove, promise];
