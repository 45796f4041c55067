import { badLine } from "./lines.ts";

/**
 * Whole numbers in lines of so many columns, spaces or tabs between: a file of millions of lines is read without a string
 * for each.
 *
 * @returns a list a column.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number where a line has other columns or anything but digits.
 */
export function parseNumberLines(bytes: Uint8Array, columns: number, file: string): Uint32Array[] {
  let lists = Array.from({ length: columns }, () => new Uint32Array(Math.ceil(bytes.length / (2 * columns)) + 1));
  const decoder = new TextDecoder();
  let [rows, line] = [0, 1];
  let start = 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(NEWLINE, start);
    if (end === -1) end = bytes.length;
    const column = readRow(bytes, start, end, lists, rows);
    if (column === columns) rows++;
    else if (column !== 0) {
      const text = decoder.decode(bytes.subarray(start, end)).trim();
      throw badLine(file, line, `${columns} whole numbers`, `"${text}"`);
    }
    start = end + 1;
    line++;
  }
  lists = lists.map((list) => list.slice(0, rows));
  return lists;
}

const [TAB, NEWLINE, RETURN, SPACE, ZERO] = [9, 10, 13, 32, 48];

/** @returns how many columns were read; −1 where there is something else in the line, or more of them. */
function readRow(bytes: Uint8Array, start: number, end: number, lists: readonly Uint32Array[], row: number): number {
  let column = 0;
  let digits = 0;
  let value = 0;
  for (let i = start; i <= end; i++) {
    const code = i === end ? SPACE : bytes[i]!;
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = 10 * value + digit;
      if (++digits > 9) return -1;
    } else if (code === SPACE || code === TAB || code === RETURN) {
      if (digits === 0) continue;
      if (column === lists.length) return -1;
      lists[column++]![row] = value;
      digits = 0;
      value = 0;
    } else return -1;
  }
  return column;
}
