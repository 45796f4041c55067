import { ArcfaceError } from "../errors.ts";
import type { Box } from "../geometry/types.ts";
import { parseCsv } from "./csv.ts";
import { badLine, linesOf, type NamedText, wholeNumber } from "./lines.ts";

/** Two videos, `Name/1`, compared in a fold that counts from 0. */
export type VideoPair = { readonly a: string; readonly b: string; readonly same: boolean; readonly fold: number };

/** Labels as first published, or with the errors corrected that were found later. */
export type YtfLabels = "corrected" | "original";

/**
 * Parse YouTube Faces' `splits.txt` or `splits_corrected.txt`: a header, then lines of split (from 1), pair, two videos and
 * whether they are one person, 1 or 0. Columns are found by the header's names, in any order: `split`, `first`, `second`,
 * `same`; where the header has no such names, videos are the third and fourth and the label is the last.
 *
 * @param labels which of two label columns: the one whose name says `correct` (the last, where none does), or the other.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number: a label that is neither, a split that is none, splits
 *   with gaps; INVALID_ARGUMENT where a video's name is a path elsewhere.
 */
export function parseYtfSplits(
  named: NamedText,
  { labels = "corrected" }: { labels?: YtfLabels | undefined } = {},
): VideoPair[] {
  const { file } = named;
  const { header, rows } = parseCsv(named);
  const columns = columnsOf(header, labels);
  if (header.length < 4)
    throw badLine(file, 1, "columns of split, first video, second video and label", header.join(", "));
  const pairs = rows.map(({ fields, line }): VideoPair => {
    const split = wholeNumber(fields[columns.split]);
    const label = fields[columns.same];
    if (!split) throw badLine(file, line, "a split from 1 on", `${fields[columns.split]}`);
    if (label !== "0" && label !== "1") throw badLine(file, line, "1 for the same person or 0", `${label}`);
    const [a, b] = [video(fields[columns.first]!, file, line), video(fields[columns.second]!, file, line)];
    return { a, b, same: label === "1", fold: split - 1 };
  });
  const folds = new Set(pairs.map(({ fold }) => fold));
  for (let fold = 0; fold < folds.size; fold++) {
    if (!folds.has(fold))
      throw new ArcfaceError(
        "UNSUPPORTED_FORMAT",
        `${file}: expected splits 1 to ${folds.size}, got none numbered ${fold + 1}`,
      );
  }
  return pairs;
}

function columnsOf(header: readonly string[], labels: YtfLabels) {
  const named = (pattern: RegExp): number[] => [...header.keys()].filter((i) => pattern.test(header[i]!.toLowerCase()));
  const same = named(/same|label/);
  const corrected = same.find((i) => /correct/.test(header[i]!.toLowerCase())) ?? same.at(-1);
  const original = same.find((i) => i !== corrected) ?? corrected;
  return {
    split: named(/split/)[0] ?? 0,
    first: named(/first/)[0] ?? 2,
    second: named(/second/)[0] ?? 3,
    same: (labels === "corrected" ? corrected : original) ?? header.length - 1,
  };
}

/** `Name/1` of the file's `Name/1`, `/Name/1` or `Name\1`. */
function video(text: string, file: string, line: number): string {
  const parts = text.replaceAll("\\", "/").replace(/^\//, "").split("/");
  if (parts.length !== 2 || parts.some((part) => part === ""))
    throw badLine(file, line, "a video such as Name/1", `"${text}"`);
  if (parts.some((part) => part === "." || part === ".."))
    throw new ArcfaceError("INVALID_ARGUMENT", `${file}:${line}: expected a video in the data set, got ${text}`);
  return parts.join("/");
}

/** A frame with the box that the face is in, pixels. */
export type LabelledFrame = { readonly path: string; readonly box: Box };

/**
 * Parse `Name.labeled_faces.txt`: lines `Name\1\1.618.jpg,0,x,y,width,height,…`, x and y the middle of the box.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number.
 * Source: the data set's readme.
 */
export function parseLabelledFaces({ file, text }: NamedText): LabelledFrame[] {
  return linesOf(text).map(({ text: line, number }) => {
    const [path = "", , ...numbers] = line.split(",");
    const [x, y, width, height] = numbers.map(Number) as [number, number, number, number];
    const parts = path.replaceAll("\\", "/").split("/");
    const isBox = [x, y, width, height].every(Number.isFinite) && width > 0 && height > 0;
    if (!isBox || parts.length !== 3 || parts.some((part) => part === "" || part === ".."))
      throw badLine(file, number, "Name\\1\\1.618.jpg,0,x,y,width,height", `"${line}"`);
    return { path: parts.join("/"), box: [x - width / 2, y - height / 2, x + width / 2, y + height / 2] };
  });
}

/** The frame's number in `aligned_detect_1.618.jpg` or `1.618.jpg`; `null` where the file is no frame. */
export function frameNumber(file: string): number | null {
  const digits = file.match(/^(?:aligned_detect_)?\d+\.(\d+)\.(?:jpe?g|png)$/i)?.[1];
  return digits === undefined ? null : Number(digits);
}
