import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { type IjbImage, type IjbSubject, parseIjbImages, parseIjbSubjects } from "./ijb.ts";
import { parseNumberLines } from "./number-lines.ts";
import { absentImages, expectFolder, readText } from "./set-files.node.ts";
import type { TestImage, TestSearch, TestSet, TestTemplate } from "./test-set.ts";

export type IjbTarget = "ijbb" | "ijbc";

export type IjbOptions = {
  readonly allowMissing?: boolean;
  /** 1:N: both galleries as one, as InsightFace's script has it (default), or one, whose absentees are unknown visitors. */
  readonly gallery?: "both" | "1" | "2";
};

const GALLERIES: Readonly<Record<IjbTarget, readonly [string, string]>> = { ijbb: ["S1", "S2"], ijbc: ["G1", "G2"] };

/**
 * Read IJB-B or IJB-C as InsightFace hands it on, for 1:1: `meta/ijbc_face_tid_mid.txt`, `…_name_5pts_score.txt`,
 * `…_template_pair_label.txt`, and the pictures in `loose_crop/`.
 *
 * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT (a pair of a template without pictures, too), IO.
 */
export async function loadIjbPairs(data: string, target: IjbTarget, options: IjbOptions = {}): Promise<TestSet> {
  const { images, templates, indexOf, absent } = await readTemplates(data, target, options, new Map());
  const file = join(data, "meta", `${target}_template_pair_label.txt`);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw fileError(cause, file, `reading ${target}`);
  });
  const [a, b, labels] = parseNumberLines(bytes, 3, file) as [Uint32Array, Uint32Array, Uint32Array];
  for (const list of [a, b]) {
    for (let i = 0; i < list.length; i++) {
      const index = indexOf.get(list[i]!);
      if (index === undefined)
        throw bad(file, `templates of ${target}_face_tid_mid.txt`, `${list[i]} in pair ${i + 1}`);
      list[i] = index;
    }
  }
  const wrong = labels.findIndex((label) => label > 1);
  if (wrong !== -1) throw bad(file, "labels of 1 or 0", `${labels[wrong]} in pair ${wrong + 1}`);
  const pairs = { a, b, same: Uint8Array.from(labels), fold: null, columns: {} };
  return { name: nameOf(target), images, templates, pairs, search: null, absent };
}

/**
 * The same for 1:N: `meta/ijbc_1N_gallery_G1.csv` and `…_G2.csv` (of IJB-B, `S1` and `S2`) are enrolled,
 * `meta/ijbc_1N_probe_mixed.csv` are sought.
 *
 * @throws {ArcfaceError} as loadIjbPairs; UNSUPPORTED_FORMAT where a subject is enrolled twice, too.
 */
export async function loadIjbSearch(data: string, target: IjbTarget, options: IjbOptions = {}): Promise<TestSet> {
  const { gallery: which = "both" } = options;
  const names = GALLERIES[target].filter((_, i) => which === "both" || which === `${i + 1}`);
  const read = async (part: string): Promise<IjbSubject[]> =>
    parseIjbSubjects(await readText(target, data, `meta/${target}_1N_${part}.csv`));
  const galleries = await Promise.all(names.map((name) => read(`gallery_${name}`)));
  const probes = await read("probe_mixed");
  const subjects = new Map([...galleries.flat(), ...probes].map(({ template, subject }) => [template, subject]));
  const { images, templates, indexOf, absent } = await readTemplates(data, target, options, subjects);
  const at = (template: number): number => {
    const index = indexOf.get(template);
    if (index === undefined) throw bad(data, `templates of ${target}_face_tid_mid.txt`, `${template} in a list of 1:N`);
    return index;
  };
  const enrolled = new Map<string, number>();
  for (const { template, subject } of galleries.flat()) {
    if (enrolled.has(subject)) throw bad(data, "each subject once in the galleries", `${subject} again`);
    enrolled.set(subject, at(template));
  }
  const search: TestSearch = {
    probes: Uint32Array.from(probes, ({ template }) => at(template)),
    mates: Int32Array.from(probes, ({ subject }) => enrolled.get(subject) ?? -1),
    gallery: Uint32Array.from(enrolled.values()),
    distractors: 0,
  };
  return { name: `${nameOf(target)} 1:N`, images, templates, pairs: null, search, absent };
}

/** Templates by rising number. @param subjects whose a template is, where that is known. */
async function readTemplates(
  data: string,
  target: IjbTarget,
  { allowMissing = false }: IjbOptions,
  subjects: ReadonlyMap<number, string>,
) {
  await expectFolder(target, data);
  const hint = "the folder is the one that holds meta/ and loose_crop/";
  const [media, points] = await Promise.all([
    readText(target, data, `meta/${target}_face_tid_mid.txt`, hint),
    readText(target, data, `meta/${target}_name_5pts_score.txt`, hint),
  ]);
  const listed = parseIjbImages(media, points);
  const root = join(data, "loose_crop");
  const absent = new Set(
    await absentImages(target, root, [...new Set(listed.map(({ image }) => image))], { allowMissing }),
  );
  const images: TestImage[] = [];
  const byTemplate = new Map<number, { images: number[]; media: number[] }>();
  for (const one of listed) {
    const template = byTemplate.get(one.template) ?? { images: [], media: [] };
    byTemplate.set(one.template, template);
    if (absent.has(one.image)) continue;
    template.media.push(one.medium);
    template.images.push(images.push(toImage(root, one)) - 1);
  }
  const numbers = [...byTemplate.keys()].sort((a, b) => a - b);
  const templates = numbers.map((number): TestTemplate => {
    return { name: `${number}`, person: subjects.get(number) ?? null, ...byTemplate.get(number)! };
  });
  return { images, templates, indexOf: new Map(numbers.map((number, i) => [number, i])), absent: [...absent] };
}

function toImage(root: string, { image, landmarks, faceScore }: IjbImage): TestImage {
  const place = { kind: "file", path: join(root, image) } as const;
  return { key: `loose_crop/${image}`, place, face: { kind: "points", landmarks }, faceScore };
}

const nameOf = (target: IjbTarget): string => (target === "ijbb" ? "IJB-B" : "IJB-C");

function bad(where: string, what: string, got: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected ${what}, got ${got}`);
}
