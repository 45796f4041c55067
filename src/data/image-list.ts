import { ArcfaceError } from "../errors.ts";
import type { OnBad } from "./labelled-images.ts";
import { badLine, type Line, linesOf, wholeNumber } from "./lines.ts";

/** Pictures by path with their labels; `classNames` where the list names people. */
export type ImageList = {
  readonly images: readonly { readonly path: string; readonly label: number }[];
  readonly classes: number;
  readonly classNames: readonly string[] | null;
};

const ENTRY = "index, label and path, with tabs between";
const PERSON = "a name and a number of pictures";
/** Of classes and of pictures; RecordIO's labels end there too. */
const LIMIT = 2 ** 24;

/**
 * Parse a list of pictures, by its first line: MXNet's .lst has lines of `index`, `label` (or several, of which the first
 * counts) and `path`, tab between; LFW's people lists (`peopleDevTrain.txt`) have a header of the number of people and
 * lines of `name`, `count`, which stand for `name/name_0001.jpg` and on.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line, or to `onBad`, without it.
 */
export function parseImageList(text: string, options: { file: string; onBad?: OnBad | undefined }): ImageList {
  const { file, onBad } = options;
  const lines = linesOf(text);
  if (lines.length === 0)
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: expected a list of pictures, got an empty file`);
  const isPeople = wholeNumber(lines[0]!.text) !== null;
  const parsed = isPeople ? parsePeople(lines, file, onBad) : parseEntries(lines, file, onBad);
  if (parsed.images.length === 0)
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: expected a picture at least, got none`);
  return parsed;
}

function parseEntries(lines: readonly Line[], file: string, onBad: OnBad | undefined): ImageList {
  const images = lines.flatMap(({ text, number }) => {
    const fields = text.split("\t");
    const label = Number(fields[1]);
    const path = fields.at(-1)!;
    const isLabel = Number.isInteger(label) && label >= 0 && label < LIMIT && fields[1] !== "";
    if (fields.length >= 3 && isLabel && path !== "") return [{ path, label }];
    const what = fields.length >= 3 && !isLabel ? "a label that is a whole number from 0 to 16777215" : ENTRY;
    return leaveOut(badLine(file, number, what, `"${text}"`), onBad);
  });
  return { images, classes: images.reduce((most, { label }) => Math.max(most, label), -1) + 1, classNames: null };
}

function parsePeople([header, ...lines]: readonly Line[], file: string, onBad: OnBad | undefined): ImageList {
  const people = wholeNumber(header!.text)!;
  if (lines.length !== people)
    leaveOut(badLine(file, header!.number, `${people} people, as it says`, `${lines.length}`), onBad);
  const classNames: string[] = [];
  const images = lines.flatMap(({ text, number }) => {
    const [name, digits, ...rest] = text.split(/\s+/);
    const count = wholeNumber(digits);
    const isName = name !== undefined && !/[/\\\0]/.test(name) && name !== "." && name !== "..";
    if (!isName || !count || count > LIMIT || rest.length > 0) {
      return leaveOut(badLine(file, number, PERSON, `"${text}"`), onBad);
    }
    const label = classNames.push(name) - 1;
    return Array.from({ length: count }, (_, k) => ({
      path: `${name}/${name}_${String(k + 1).padStart(4, "0")}.jpg`,
      label,
    }));
  });
  return { images, classes: classNames.length, classNames };
}

function leaveOut(error: ArcfaceError, onBad: OnBad | undefined): [] {
  if (!onBad) throw error;
  onBad(error);
  return [];
}
