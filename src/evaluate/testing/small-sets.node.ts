import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeVerificationBin } from "../../data/verification-bin.ts";
import { ARCFACE_TEMPLATE } from "../../geometry/landmarks.ts";

/** Files of pictures, by person. */
export type People = Readonly<Record<string, readonly string[]>>;

const put = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
const copy = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
};

export type YtfLayout = {
  readonly frames: "aligned" | "raw";
  /** The columns of splits.txt: those of splits.txt, of splits_corrected.txt, or with the label before the names. */
  readonly columns: "original" | "corrected" | "label first";
};

const HEADERS = {
  original: "split number, pair number, first name, second name, is same",
  corrected: "split number, pair number, first name, second name, is same original, is same corrected",
  "label first": "is same, second name, first name, pair number, split number",
} as const;

/**
 * YouTube Faces in its layout: a person's pictures are the frames of two videos, the first half and the second. In each of
 * two splits, of half of the people, everybody's two videos are a pair, and each person's first with the next's second.
 * The label as first published of the very first pair is wrong.
 *
 * @param people an even number of them, at least four pictures each.
 */
export function writeYtf(folder: string, people: People, { frames, columns }: YtfLayout): void {
  const names = Object.keys(people);
  const root = join(folder, frames === "aligned" ? "aligned_images_DB" : "frame_images_DB");
  for (const [name, files] of Object.entries(people)) {
    const lines: string[] = [];
    files.forEach((file, i) => {
      const video = i < files.length / 2 ? 1 : 2;
      const frame = `${video}.${100 + i}.jpg`;
      copy(file, join(root, name, `${video}`, frames === "aligned" ? `aligned_detect_${frame}` : frame));
      lines.push(`${name}\\${video}\\${frame},0,125,125,100,100,0.0,1`);
    });
    if (frames === "raw") put(join(root, `${name}.labeled_faces.txt`), lines.join("\n"));
  }
  const rows = names.flatMap((name, i) => {
    const split = i < names.length / 2 ? 1 : 2;
    const next =
      names[i + 1] !== undefined && i + 1 !== names.length / 2
        ? names[i + 1]!
        : names[split === 1 ? 0 : names.length / 2]!;
    return [
      { split, first: `${name}/1`, second: `${name}/2`, same: 1 },
      { split, first: `${name}/1`, second: `${next}/2`, same: 0 },
    ];
  });
  const lines = rows.map(({ split, first, second, same }, i) => {
    const original = i === 0 ? 1 - same : same;
    if (columns === "label first") return `${same}, ${second}, ${first}, ${i + 1}, ${split}`;
    const start = `${split}, ${i + 1}, ${first}, ${second}`;
    return columns === "original" ? `${start}, ${same}` : `${start}, ${original}, ${same}`;
  });
  put(
    join(folder, columns === "corrected" ? "splits_corrected.txt" : "splits.txt"),
    [HEADERS[columns], ...lines].join("\n"),
  );
}

/**
 * IJB-C in its layout, of crops of 112×112: everybody has a template of their first picture and the next two as frames of one
 * video, and one of the rest, each a medium of its own. Pairs are all of the first kind with all of the second. For 1:N the first
 * are enrolled, every other person in each gallery, and the second are sought.
 */
export function writeIjb(folder: string, people: People, { target = "ijbc" }: { target?: "ijbb" | "ijbc" } = {}): void {
  const names = Object.keys(people);
  const [media, points]: [string[], string[]] = [[], []];
  const numbers = ARCFACE_TEMPLATE.flat().join(" ");
  let image = 0;
  names.forEach((name, person) => {
    people[name]!.forEach((file, i) => {
      const [template, medium] = i < 3 ? [100 + person, i === 0 ? 1 : 2] : [200 + person, 10 + i];
      image++;
      copy(file, join(folder, "loose_crop", `${image}.jpg`));
      media.push(`${image}.jpg ${template} ${1000 * person + medium}`);
      // The first picture is half as sure.
      points.push(`${image}.jpg ${numbers} ${i === 0 ? 0.5 : 1}`);
    });
  });
  const pairs = names.flatMap((_, a) => names.map((_, b) => `${100 + a} ${200 + b} ${Number(a === b)}`));
  const meta = join(folder, "meta");
  put(join(meta, `${target}_face_tid_mid.txt`), media.join("\n"));
  put(join(meta, `${target}_name_5pts_score.txt`), points.join("\n"));
  put(join(meta, `${target}_template_pair_label.txt`), pairs.join("\n"));
  const list = (base: number, of: (person: number) => boolean): string =>
    ["TEMPLATE_ID,SUBJECT_ID,FILENAME", ...names.flatMap((_, i) => (of(i) ? [`${base + i},${i},x.jpg`] : []))].join(
      "\n",
    );
  const galleries = target === "ijbc" ? ["G1", "G2"] : ["S1", "S2"];
  for (const [k, gallery] of galleries.entries()) {
    const enrolled = list(100, (i) => i % 2 === k);
    put(join(meta, `${target}_1N_gallery_${gallery}.csv`), enrolled);
  }
  put(
    join(meta, `${target}_1N_probe_mixed.csv`),
    list(200, () => true),
  );
}

/** `agedb_30.bin` and its like: of each person, in turn, two pictures of theirs, then one of theirs and the next one's. */
export function writeBin(path: string, people: People): void {
  const names = Object.keys(people);
  const pairs = names.flatMap((name, i) => {
    const [first, second] = people[name]!;
    return [
      [first!, second!, true],
      [first!, people[names[(i + 1) % names.length]!]![1]!, false],
    ] as const;
  });
  const images = pairs.flatMap(([a, b]) => [new Uint8Array(readFileSync(a)), new Uint8Array(readFileSync(b))]);
  put(path, encodeVerificationBin({ images, same: pairs.map(([, , same]) => same) }));
}

/** `pairs_CALFW.txt` with `aligned images/`: as writeBin, those of one person first, their label the fold. */
export function writeCalfw(
  folder: string,
  people: People,
  { list = "pairs_CALFW.txt", images = "aligned images" } = {},
): void {
  const names = Object.keys(people);
  const file = (name: string, i: number): string => `${name}_000${i}.jpg`;
  for (const name of names) for (const i of [1, 2]) copy(people[name]![i - 1]!, join(folder, images, file(name, i)));
  const same = names.map((name, i) => [file(name, 1), file(name, 2), 1 + Math.floor((10 * i) / names.length)] as const);
  const others = names.map((name, i) => [file(name, 1), file(names[(i + 1) % names.length]!, 2), 0] as const);
  put(
    join(folder, list),
    [...same, ...others].flatMap(([a, b, label]) => [`${a} ${label}`, `${b} ${label}`]).join("\n"),
  );
}
