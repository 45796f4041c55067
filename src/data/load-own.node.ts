import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { ArcfaceError, expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { LabelledImages } from "./labelled-images.ts";
import { openLabelledImages } from "./open-labelled-images.node.ts";
import { parseImageColumns } from "./pair-columns.ts";
import { parsePairCsv } from "./pair-csv.ts";
import { pairsOfPictures } from "./people-pairs.ts";
import { absentOf, checkMissing, isThere, readText } from "./set-files.node.ts";
import type { FaceSpot, TestImage, TestSet, TestTemplate } from "./test-set.ts";

export type OwnOptions = {
  /** The pictures are aligned crops: no detector looks for the face. */
  readonly crops?: boolean;
  /** People: at most so many pairs of each kind. See pairsOfPictures. */
  readonly maxPairs?: number;
  readonly allowMissing?: boolean;
};

const faceOf = ({ crops = false }: OwnOptions): FaceSpot => ({ kind: crops ? "crop" : "centre" });

/**
 * Labelled pictures of one's own, of any form that openLabelledImages reads: every two of them are a pair. Beside the people's
 * folders may lie a `columns.csv` (see parseImageColumns).
 *
 * @throws {ArcfaceError} as openLabelledImages and pairsOfPictures.
 */
export async function loadPeople(data: string, options: OwnOptions = {}): Promise<TestSet> {
  const { images, templates, labels } = await labelledSet(data, options);
  const columns = await imageColumns(data, images);
  const pairs = pairsOfPictures(labels, columns, { most: options.maxPairs });
  return { name: "people", images, templates, pairs, search: null, absent: [] };
}

/**
 * A CSV of pairs (see parsePairCsv), whose paths start at its folder.
 *
 * @throws {ArcfaceError} NOT_FOUND where images are missing: the first few named, all counted; UNSUPPORTED_FORMAT; IO.
 */
export async function loadPairCsv(file: string, options: OwnOptions = {}): Promise<TestSet> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fileError(cause, file, "reading pairs");
  });
  const listed = parsePairCsv({ file, text });
  const root = dirname(file);
  const pathOf = (image: string): string => (isAbsolute(image) ? image : join(root, image));
  const absent = new Set(await absentOf("/", listed.images.map(pathOf)));
  const missing = listed.images.filter((image) => absent.has(pathOf(image)));
  const hint = "paths start at the folder of the CSV";
  checkMissing("pairs", root, missing, listed.images.length, { allowMissing: options.allowMissing ?? false, hint });
  const images: TestImage[] = [];
  const templates = listed.images.map((key, i): TestTemplate => {
    const isAbsent = absent.has(pathOf(key));
    const index = isAbsent
      ? []
      : [images.push({ key, place: { kind: "file", path: pathOf(key) }, face: faceOf(options) }) - 1];
    return { name: key, person: listed.people[i]!, images: index };
  });
  const { pairs, columns, hasFolds } = listed;
  return {
    name: "pairs",
    images,
    templates,
    pairs: {
      a: Uint32Array.from(pairs, ({ a }) => a),
      b: Uint32Array.from(pairs, ({ b }) => b),
      same: Uint8Array.from(pairs, ({ same }) => Number(same)),
      fold: hasFolds ? Uint16Array.from(pairs, ({ fold }) => fold) : null,
      columns,
    },
    search: null,
    absent: missing,
  };
}

/**
 * MegaFace's question: is a person found by another picture of theirs, among a crowd of strangers? Every two pictures of one
 * person, both ways round, are a probe and its mate; the gallery is the strangers, in the order given, and the mate.
 *
 * @param data labelled pictures of people, two each or more; others are passed over.
 * @param distractors folders of labelled pictures, of nobody in `data`.
 * @throws {ArcfaceError} as openLabelledImages; INVALID_ARGUMENT where nobody has two pictures or there are no distractors.
 */
export async function loadDistractors(
  data: string,
  distractors: readonly string[],
  options: OwnOptions = {},
): Promise<TestSet> {
  if (distractors.length === 0) throw expected("distractors", "a folder of strangers", "none");
  const known = await labelledSet(data, options);
  const strangers = await Promise.all(distractors.map((folder) => labelledSet(folder, options)));
  const images = [...known.images];
  const templates = [...known.templates];
  for (const [k, set] of strangers.entries()) {
    for (const [i, image] of set.images.entries()) {
      // People of several sets may have the same names.
      const key = `${distractors[k]}/${image.key}`;
      const template = set.templates[i]!;
      templates.push({
        ...template,
        name: key,
        person: `${distractors[k]}/${template.person}`,
        images: [images.length],
      });
      images.push({ ...image, key });
    }
  }
  const trials = known.labels.flatMap((label, a) =>
    known.labels.flatMap((other, b) => (a !== b && label === other ? [[a, b] as const] : [])),
  );
  if (trials.length === 0) throw expected("distractors", `people of two pictures or more in ${data}`, "none");
  const first = known.templates.length;
  const gallery = Uint32Array.from({ length: templates.length - first }, (_, i) => first + i);
  return {
    name: "distractors",
    images,
    templates,
    pairs: null,
    search: {
      probes: Uint32Array.from(trials, ([a]) => a),
      mates: Int32Array.from(trials, ([, b]) => b),
      gallery,
      distractors: gallery.length,
    },
    absent: [],
  };
}

async function labelledSet(data: string, options: OwnOptions) {
  const set = await openLabelledImages(data);
  await using _ = set;
  const labels = await Promise.all(Array.from({ length: set.count }, (_, i) => set.label(i)));
  const face = faceOf(options);
  const images = labels.map((_, i): TestImage => ({ key: set.name(i), place: set.place(i), face }));
  const templates = labels.map((label, i): TestTemplate => {
    return { name: set.name(i), person: personOf(set, label), images: [i] };
  });
  return { images, templates, labels };
}

const personOf = ({ classNames }: LabelledImages, label: number): string => classNames?.[label] ?? `${label}`;

async function imageColumns(data: string, images: readonly TestImage[]) {
  if (!(await isThere(join(data, "columns.csv")))) return {};
  const named = await readText("people", data, "columns.csv");
  const columns = parseImageColumns(named);
  const keys = new Set(images.map(({ key }) => key));
  for (const values of columns.values()) {
    const unknown = [...values.keys()].find((key) => !keys.has(key));
    if (unknown !== undefined)
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${named.file}: expected images of the folder, got ${unknown}`);
  }
  const known = [...columns].map(([name, values]) => [name, images.map(({ key }) => values.get(key) ?? null)] as const);
  return Object.fromEntries(known);
}
