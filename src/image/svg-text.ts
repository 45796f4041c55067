/**
 * Advance widths of DejaVu Sans Bold for the characters from space to "~", in thousandths of the font size.
 * Source: the font's `hmtx` table, version 2.37.
 */
const ADVANCES = [
  348, 456, 520, 837, 695, 1001, 872, 306, 457, 457, 522, 837, 379, 415, 379, 365, 695, 695, 695, 695, 695, 695, 695,
  695, 695, 695, 399, 399, 837, 837, 837, 580, 1000, 773, 762, 733, 830, 683, 683, 820, 836, 372, 372, 774, 637, 995,
  836, 850, 732, 850, 770, 720, 682, 812, 773, 1103, 770, 724, 725, 457, 365, 457, 837, 500, 500, 674, 715, 592, 715,
  678, 435, 715, 711, 342, 342, 665, 342, 1041, 711, 687, 715, 715, 493, 595, 478, 711, 651, 923, 645, 651, 582, 711,
  365, 711, 837,
] as const;

/** Other letters are taken for as wide as most capitals: too wide a plate is better than text beyond it. */
const OTHER = 850;

/** The fonts SVG text asks for; the width below is the first one's. */
export const FONT_FAMILY = "DejaVu Sans, Verdana, sans-serif";

/** Upper bound, but for rare wide letters, of the width of bold text at a font size; same unit as the size. */
export function textWidth(text: string, fontSize: number): number {
  let thousandths = 0;
  for (const character of text) thousandths += advanceOf(character) ?? advanceOf(character.normalize("NFD")) ?? OTHER;
  return (thousandths * fontSize) / 1000;
}

/** Of a text's first letter: one with an accent is as wide as the one without. */
function advanceOf(text: string): number | undefined {
  return ADVANCES[text.codePointAt(0)! - 32];
}

/** The text, cut with an ellipsis where it would be wider than `width`; empty where not even that fits. */
export function fitText(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(`${characters.join("")}…`, fontSize) > width) characters.pop();
  return characters.length === 0 ? "" : `${characters.join("").trimEnd()}…`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Text as XML takes it, in elements and attributes; what XML has no way to say becomes a space. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu, " ")
      .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
  );
}

/** A coordinate with two decimals at most, so that files stay small and equal between machines. */
export function coordinate(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}
