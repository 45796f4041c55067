import { badLine, linesOf, wholeNumber } from "../lines.ts";

/**
 * How many classes a `property` file tells of: its first number of `classes,height,width`.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT
 */
export function parseProperty(text: string, file: string): number {
  const [line] = linesOf(text);
  const classes = wholeNumber(line?.text.split(",")[0]?.trim());
  if (!classes)
    throw badLine(file, line?.number ?? 1, "classes,height,width, such as 93431,112,112", `"${line?.text ?? ""}"`);
  return classes;
}
