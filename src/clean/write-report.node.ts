import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import type { LabelledImages } from "../data/labelled-images.ts";
import { fileError } from "../file-error.node.ts";
import { createNodeHost } from "../host/host.node.ts";
import { resizeArea } from "../image/resize.ts";
import type { Cleaned } from "./clean-set.node.ts";
import { cleanPage, SHOWN, shownClasses, worstImages } from "./page.ts";

export type ReportContext = {
  /** What was cleaned, as the caller named it. */
  readonly data: string;
  readonly recognizer: string;
  /** How the centres were made, in words. */
  readonly centres: string;
};

/** Pixels: small enough that a page of hundreds stays light. */
const SIDE = 80;

/**
 * Write into a folder: `index.html`; `report.json`; `dropped.txt`, a picture a line; and what is kept: of files `kept.lst`, which
 * openLabelledImages takes, with classes numbered anew, else `kept.txt`, a picture a line.
 *
 * @throws {ArcfaceError} IO, NO_SPACE.
 */
export async function writeCleanReport(
  folder: string,
  data: LabelledImages,
  cleaned: Cleaned,
  context: ReportContext,
): Promise<void> {
  const { report, unread, votes } = cleaned;
  const dropped = cleaned.dropped.map((i) => `${data.name(i)}\n`).join("");
  const kept = (await keptFiles(data, cleaned.kept)) ?? {
    name: "kept.txt",
    text: cleaned.kept.map((i) => `${data.name(i)}\n`).join(""),
  };
  const examples = await keptExamples(data, cleaned);
  const shown = new Map<string, number>();
  const wanted = new Set([
    ...worstImages(report).map(({ image }) => image),
    ...shownClasses(report).flatMap((one) => one.dropped.slice(0, SHOWN.dropped).map(({ image }) => image)),
  ]);
  for (const i of cleaned.dropped) if (wanted.has(data.name(i))) shown.set(data.name(i), i);
  for (const numbers of examples.values()) for (const i of numbers) shown.set(data.name(i), i);
  const pictures = await thumbnails(data, shown);
  const page = cleanPage({
    ...context,
    report,
    unread,
    angles: votes.angles,
    keptExamples: new Map([...examples].map(([label, numbers]) => [label, numbers.map((i) => data.name(i))])),
    thumbnail: (image) => pictures.get(image) ?? null,
  });
  try {
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, "report.json"), `${JSON.stringify({ ...context, ...report, unread }, null, 1)}\n`);
    await writeWhole(join(folder, "dropped.txt"), dropped);
    await writeWhole(join(folder, kept.name), kept.text);
    await writeWhole(join(folder, "index.html"), page);
  } catch (error) {
    throw fileError(error, folder, "writing the report");
  }
}

/** `null` where pictures are no files, or a path cannot stand in a line. */
async function keptFiles(
  data: LabelledImages,
  kept: readonly number[],
): Promise<{ readonly name: string; readonly text: string } | null> {
  const rows: { readonly path: string; readonly label: number }[] = [];
  for (const i of kept) {
    const place = data.place(i);
    if (place.kind !== "file" || /[\t\r\n]/.test(place.path)) return null;
    rows.push({ path: resolve(place.path), label: await data.label(i) });
  }
  const left = [...new Set(rows.map(({ label }) => label))].sort((a, b) => a - b);
  const anew = new Map(left.map((label, number) => [label, number]));
  const lines = rows.map(({ path, label }, i) => `${i}\t${anew.get(label)}\t${path}\n`);
  return { name: "kept.lst", text: lines.join("") };
}

/** Numbers of some pictures that are kept, of each class that is shown. */
async function keptExamples(data: LabelledImages, { report, kept }: Cleaned): Promise<Map<number, number[]>> {
  const examples = new Map(shownClasses(report).map(({ label }): [number, number[]] => [label, []]));
  for (const i of kept) {
    const own = data.knownLabel(i) ?? (examples.size > 0 ? await data.label(i) : 0);
    const list = examples.get(own);
    if (list && list.length < SHOWN.kept) list.push(i);
  }
  return examples;
}

async function thumbnails(data: LabelledImages, shown: ReadonlyMap<string, number>): Promise<Map<string, string>> {
  const { codec } = createNodeHost();
  const made = new Map<string, string>();
  for (const [name, i] of shown) {
    const { bytes } = await data.read(i);
    const small = resizeArea(await codec.decode(bytes, name), SIDE, SIDE);
    const jpeg = await codec.encode(small, "jpeg", { quality: 80 });
    made.set(name, `data:image/jpeg;base64,${Buffer.from(jpeg).toString("base64")}`);
  }
  return made;
}
