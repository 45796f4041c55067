import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { expected } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { type EnrolOutcome, enrolPhoto } from "../../recognize/enrol.ts";
import { defineCommand } from "../command.ts";
import { expandImages, imagesIn, isAboutOneFile, isFolder, noImages } from "../images.node.ts";
import { decodeOptions, galleryPath, loadRecognizer, nodeOptions, openGalleryOf } from "../open.node.ts";
import {
  decisionOptions,
  detectorOption,
  findOptions,
  galleryOption,
  given,
  modelOptions,
  toDecisionOptions,
  toDetectOptions,
  toNetworks,
} from "../options.ts";

type Photo = { readonly name: string; readonly file: string };
type Told = Photo &
  (
    | Exclude<EnrolOutcome, { status: "enrolled" }>
    | EnrolledTold
    | { readonly status: "unreadable"; readonly code: string; readonly message: string }
  );
type EnrolledTold = { readonly status: "enrolled"; readonly ownSimilarity: number | null; readonly unlike: boolean };

export const enrol = defineCommand({
  name: "enrol",
  arguments: "<image or folder...>",
  summary: "add people to a gallery: images with --name, or a folder with one folder a person",
  examples: [
    "arcface enrol anna1.jpg anna2.jpg --name Anna",
    "arcface enrol people/ --gallery staff.db   # people/Anna/*.jpg, people/Ben/*.jpg",
  ],
  options: {
    name: { type: "string", short: "n", describe: "whose images these are (default: the name of each folder)" },
    largest: { type: "boolean", describe: "where an image shows several faces, take the largest" },
    allowLookalike: { type: "boolean", describe: "enrol faces that look like another enrolled person too" },
    minEnrolSize: { type: "number", value: "PX", min: 0, describe: "refuse faces smaller than this (default 40)" },
    minSharpness: { type: "number", min: 0, describe: "refuse faces more blurred than this; 0 takes all" },
    ...galleryOption,
    ...modelOptions,
    ...detectorOption,
    ...findOptions,
    ...decisionOptions,
  },
  async run(paths, options, context) {
    const photos =
      options.name === undefined
        ? await photosOfFolders(paths)
        : (await expandImages("enrol", paths)).map((file) => ({ name: options.name!, file }));
    const how = {
      ...toDetectOptions(options),
      ...toDecisionOptions(options),
      ...given({
        largest: options.largest,
        allowLookalike: options.allowLookalike,
        minEnrolSize: options.minEnrolSize,
        minSharpness: options.minSharpness,
      }),
      signal: context.signal,
    };
    await using recognizer = await loadRecognizer({
      ...nodeOptions(context, options),
      ...toNetworks(options),
    });
    const path = await galleryPath(options.gallery);
    await using gallery = await openGalleryOf(path, recognizer);
    const told: Told[] = [];
    for (const [done, photo] of photos.entries()) {
      if (photos.length > 1) context.progress.update("enrol", done, photos.length);
      try {
        const read = { ...(await recognizer.open(photo.file, decodeOptions(options))), source: resolve(photo.file) };
        const outcome = await enrolPhoto(recognizer, gallery, { name: photo.name, ...read }, how);
        told.push({ ...photo, ...withoutFace(outcome) });
      } catch (error) {
        if (!isAboutOneFile(error)) throw error;
        told.push({ ...photo, status: "unreadable", code: error.code, message: error.message });
      }
    }
    if (photos.length > 1) context.progress.update("enrol", photos.length, photos.length);
    const enrolled = told.filter(({ status }) => status === "enrolled").length;
    return {
      gallery: path,
      enrolled,
      refused: told.length - enrolled,
      people: (await gallery.people()).length,
      files: told,
    };
  },
  format: ({ gallery, enrolled, refused, people, files }) =>
    [
      ...files.map((f) => `${f.file}: ${say(f)}`),
      `${enrolled} enrolled, ${refused} not; ${people} people in ${gallery}`,
    ].join("\n"),
  // Scripts should notice where nothing that was asked for could be done.
  exitCode: ({ files }) =>
    files.every(({ status }) => status !== "enrolled" && status !== "already-enrolled") ? 1 : 0,
});

function withoutFace(outcome: EnrolOutcome): Exclude<EnrolOutcome, { status: "enrolled" }> | EnrolledTold {
  if (outcome.status !== "enrolled") return outcome;
  const { status, ownSimilarity, unlike } = outcome;
  return { status, ownSimilarity, unlike };
}

/** Folder names as names: `people/Anna/1.jpg` is Anna, whether people/ or people/Anna is named. */
async function photosOfFolders(folders: readonly string[]): Promise<Photo[]> {
  if (folders.length === 0) throw expected("enrol", "images with --name, or a folder of people", "nothing");
  const photos: Photo[] = [];
  for (const folder of folders) {
    if (!(await isFolder(folder)))
      throw expected("enrol", "--name with the image", folder, `whose face is it? arcface enrol ${folder} --name NAME`);
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      throw fileError(error, folder, "looking for people");
    });
    const people = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
    const own =
      people.length === 0
        ? [{ name: basename(resolve(folder)), at: folder }]
        : people.map(({ name }) => ({ name, at: join(folder, name) }));
    for (const { name, at } of own.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      photos.push(...(await imagesIn(at)).map((file) => ({ name, file })));
    }
  }
  if (photos.length === 0) throw noImages(folders);
  return photos;
}

function say(told: Told): string {
  switch (told.status) {
    case "enrolled":
      return `enrolled as ${told.name}${told.unlike ? `, though unlike ${told.name}'s other photos (similarity ${told.ownSimilarity?.toFixed(2)})` : ""}`;
    case "already-enrolled":
      return `already enrolled as ${told.as} (same bytes)`;
    case "no-face":
      return "no face found";
    case "several-faces":
      return `${told.count} faces; --largest takes the largest`;
    case "too-small":
      return `face too small: ${Math.round(told.size)} pixels, at least ${told.minimum} needed`;
    case "blurred":
      return `face too blurred: sharpness ${told.sharpness.toFixed(0)}, at least ${told.minimum} needed`;
    case "looks-like":
      return `looks like ${told.other}, who is enrolled (similarity ${told.similarity.toFixed(2)}, threshold ${told.threshold.toFixed(2)}); --allow-lookalike enrols it all the same`;
    case "unreadable":
      return `${told.message} [${told.code}]`;
  }
}
