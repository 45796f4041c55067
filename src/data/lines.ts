import { ArcfaceError } from "../errors.ts";

/** A text file of a data set, with the name errors call it by. */
export type NamedText = { readonly file: string; readonly text: string };

/** A line that is not empty, with its number in the file, from 1. */
export type Line = { readonly text: string; readonly number: number };

/** The lines that hold something; LF or CRLF, a byte order mark is dropped. */
export function linesOf(text: string): Line[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, i) => ({ text: line.trim(), number: i + 1 }))
    .filter((line) => line.text !== "");
}

/** `file:line: expected …, got …` as an UNSUPPORTED_FORMAT; a long line is cut. */
export function badLine(file: string, line: number, what: string, got: string): ArcfaceError {
  const shown = got.length > 80 ? `${got.slice(0, 80)}…` : got;
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${file}:${line}: expected ${what}, got ${shown}`);
}

/** A whole number written in decimal digits, or `null`. */
export function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
