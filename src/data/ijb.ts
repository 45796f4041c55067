import { ArcfaceError } from "../errors.ts";
import type { Landmarks, Point } from "../geometry/types.ts";
import { parseCsv } from "./csv.ts";
import { badLine, linesOf, type NamedText, wholeNumber } from "./lines.ts";

/** A picture of a template: frames of one video have one medium. */
export type IjbImage = {
  readonly image: string;
  readonly template: number;
  readonly medium: number;
  /** Five points, pixels, and how sure the detector was. */
  readonly landmarks: Landmarks;
  readonly faceScore: number;
};

const PARTS = "an image, a template and a medium";
const POINTS = "an image, ten numbers and a score";

/**
 * Parse `ijbc_face_tid_mid.txt` (`image template medium`) and `ijbc_name_5pts_score.txt` (`image x1 y1 … x5 y5 score`),
 * whose lines belong together one by one.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number, where the two do not name the same images too.
 * Source: insightface recognition/arcface_torch/eval_ijbc.py.
 */
export function parseIjbImages(media: NamedText, points: NamedText): IjbImage[] {
  const [mediaLines, pointLines] = [linesOf(media.text), linesOf(points.text)];
  if (mediaLines.length !== pointLines.length) {
    const got = `${pointLines.length}`;
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${points.file}: expected ${mediaLines.length} lines, as ${media.file} has, got ${got}`,
    );
  }
  return mediaLines.map((line, i) => {
    const [image, tid, mid, ...rest] = line.text.split(/\s+/);
    const [template, medium] = [wholeNumber(tid), wholeNumber(mid)];
    if (!image || template === null || medium === null || rest.length > 0 || !isName(image))
      throw badLine(media.file, line.number, PARTS, `"${line.text}"`);
    const other = pointLines[i]!;
    const [name, ...texts] = other.text.split(/\s+/);
    const numbers = texts.map(Number);
    if (texts.length !== 11 || !numbers.every(Number.isFinite))
      throw badLine(points.file, other.number, POINTS, `"${other.text}"`);
    if (name !== image) throw badLine(points.file, other.number, `the image ${image}, as ${media.file} has`, `${name}`);
    const at = (k: number): Point => [numbers[2 * k]!, numbers[2 * k + 1]!];
    return { image, template, medium, landmarks: [at(0), at(1), at(2), at(3), at(4)], faceScore: numbers[10]! };
  });
}

/** A name such as `1.jpg` or `img/1.jpg`: nothing outside the folder. */
function isName(image: string): boolean {
  return image.split("/").every((part) => part !== "" && part !== "." && part !== "..") && !image.includes("\\");
}

/** A template and whose it is. */
export type IjbSubject = { readonly template: number; readonly subject: string };

/**
 * Parse a list of templates, `ijbc_1N_gallery_G1.csv` or `ijbc_1N_probe_mixed.csv`: a header, then the template and the
 * subject in the first two columns; templates of several pictures stand there again and again.
 *
 * @returns each template once, by rising number.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number.
 */
export function parseIjbSubjects(named: NamedText): IjbSubject[] {
  const subjects = new Map<number, string>();
  for (const { fields, line } of parseCsv(named).rows) {
    const template = wholeNumber(fields[0]);
    const subject = fields[1];
    if (template === null || !subject) throw badLine(named.file, line, "a template and a subject", fields.join(","));
    const known = subjects.get(template) ?? subject;
    if (known !== subject)
      throw badLine(named.file, line, `subject ${known} for template ${template}, as before`, subject);
    subjects.set(template, subject);
  }
  return [...subjects].map(([template, subject]) => ({ template, subject })).sort((a, b) => a.template - b.template);
}
