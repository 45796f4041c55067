import { join } from "node:path";
import { ArcfaceError, expected } from "../errors.ts";
import { absentOf, checkMissing, expectFolder, isThere, listFolder, readText } from "./set-files.node.ts";
import type { FaceSpot, TestImage, TestSet, TestTemplate } from "./test-set.ts";
import { frameNumber, parseLabelledFaces, parseYtfSplits, type VideoPair, type YtfLabels } from "./ytf.ts";

export type YtfOptions = {
  /** Frames as aligned by the authors, or whole. Default: aligned where that folder is there. */
  readonly frames?: "aligned" | "raw";
  /** How an aligned frame becomes a crop: by a detector (default), or as its middle square of so many pixels. */
  readonly middle?: number;
  /** At most so many frames of a video, evenly spread. Default: all. */
  readonly sample?: number;
  /** See parseYtfSplits. */
  readonly labels?: YtfLabels;
  readonly allowMissing?: boolean;
};

const SPLITS = ["splits_corrected.txt", "splits.txt"];
const FOLDERS = { aligned: "aligned_images_DB", raw: "frame_images_DB" } as const;
const WHERE = "ytf";

/** The pictures of a video, and frames of it that are listed and not there. */
type Video = { readonly images: readonly TestImage[]; readonly absent: readonly string[] };

/**
 * Read YouTube Faces: `splits_corrected.txt` or `splits.txt`, with `aligned_images_DB/Name/1/aligned_detect_1.618.jpg`, or
 * `frame_images_DB/Name/1/1.618.jpg` and `frame_images_DB/Name.labeled_faces.txt`, whose boxes tell the person from others.
 *
 * A video is the frames that are there; one without any is missing.
 *
 * @throws {ArcfaceError} NOT_FOUND (videos: the first few named, all counted), UNSUPPORTED_FORMAT, INVALID_ARGUMENT, IO.
 */
export async function loadYtf(data: string, options: YtfOptions = {}): Promise<TestSet> {
  const { sample, labels, middle, allowMissing = false } = options;
  await expectFolder(WHERE, data);
  const pairs = parseYtfSplits(await readSplits(data), { labels });
  const frames = options.frames ?? ((await isThere(join(data, FOLDERS.aligned))) ? "aligned" : "raw");
  const root = join(data, FOLDERS[frames]);
  await expectFolder(WHERE, root);
  if (frames === "raw" && middle !== undefined)
    throw expected(WHERE, "aligned frames, to take the middle of", "raw ones", "whole frames need the detector");
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const face: FaceSpot = middle === undefined ? { kind: "centre" } : { kind: "middle", side: middle };
  const videos = frames === "aligned" ? await alignedVideos(root, names, face) : await rawVideos(root, names);
  const without = names.filter((name) => videos.get(name)!.images.length === 0);
  const hint = "a folder for every video, Name/1, as the data set is published";
  checkMissing(WHERE, root, without, names.length, { allowMissing, what: "videos", hint });
  return assemble(pairs, names, videos, { sample, without });
}

async function readSplits(data: string) {
  for (const file of SPLITS) if (await isThere(join(data, file))) return readText(WHERE, data, file);
  throw new ArcfaceError("NOT_FOUND", `${WHERE}: expected ${SPLITS.join(" or ")} in ${data}, got neither`);
}

async function alignedVideos(root: string, names: readonly string[], face: FaceSpot): Promise<Map<string, Video>> {
  const videos = new Map<string, Video>();
  for (const name of names) {
    const files = (await isThere(join(root, name))) ? await listFolder(WHERE, join(root, name)) : [];
    const images = files
      .filter((file) => frameNumber(file) !== null)
      .map((file) => imageAt(root, `${name}/${file}`, face));
    videos.set(name, { images, absent: [] });
  }
  return videos;
}

async function rawVideos(root: string, names: readonly string[]): Promise<Map<string, Video>> {
  const videos = new Map<string, { images: TestImage[]; absent: string[] }>();
  for (const name of names) videos.set(name, { images: [], absent: [] });
  for (const person of new Set(names.map((name) => name.split("/")[0]!))) {
    const list = `${person}.labeled_faces.txt`;
    if (!(await isThere(join(root, list)))) continue;
    const listed = parseLabelledFaces(await readText(WHERE, root, list)).filter(({ path }) =>
      videos.has(videoOf(path)),
    );
    const absent = new Set(
      await absentOf(
        root,
        listed.map(({ path }) => path),
      ),
    );
    for (const { path, box } of listed) {
      const video = videos.get(videoOf(path))!;
      if (absent.has(path)) video.absent.push(path);
      else video.images.push(imageAt(root, path, { kind: "box", box }));
    }
  }
  return videos;
}

function assemble(
  pairs: readonly VideoPair[],
  names: readonly string[],
  videos: ReadonlyMap<string, Video>,
  { sample, without }: { sample: number | undefined; without: readonly string[] },
): TestSet {
  const images: TestImage[] = [];
  const absent = [...without];
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const templates = names.map((name): TestTemplate => {
    const video = videos.get(name)!;
    const frames = spread([...video.images].sort(byFrame), sample);
    const first = images.length;
    images.push(...frames);
    if (video.images.length > 0) absent.push(...video.absent);
    return { name, person: name.split("/")[0]!, images: frames.map((_, i) => first + i), media: frames.map(() => 0) };
  });
  return {
    name: "YTF",
    images,
    templates,
    pairs: {
      a: Uint32Array.from(pairs, ({ a }) => indexOf.get(a)!),
      b: Uint32Array.from(pairs, ({ b }) => indexOf.get(b)!),
      same: Uint8Array.from(pairs, ({ same }) => Number(same)),
      fold: Uint16Array.from(pairs, ({ fold }) => fold),
      columns: {},
    },
    search: null,
    absent,
  };
}

const imageAt = (root: string, key: string, face: FaceSpot): TestImage => ({
  key,
  place: { kind: "file", path: join(root, key) },
  face,
});

const videoOf = (path: string): string => path.split("/").slice(0, 2).join("/");
const numberOf = ({ key }: TestImage): number => frameNumber(key.split("/").at(-1)!) ?? 0;
const byFrame = (a: TestImage, b: TestImage): number => numberOf(a) - numberOf(b);

/** So many of them, evenly spread, each from the middle of its share. */
function spread<T>(items: readonly T[], count: number = items.length): readonly T[] {
  if (count >= items.length) return items;
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)]!);
}
