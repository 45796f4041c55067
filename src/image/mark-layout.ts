import { boxArea, intersectionArea } from "../geometry/box.ts";
import type { Box, Point } from "../geometry/types.ts";
import { fitText, textWidth } from "./svg-text.ts";

/** What to draw of one face; in pixels of the image. */
export type FaceMark = {
  readonly box: Box;
  readonly landmarks?: readonly Point[];
  /** On the plate at the box: a name, cut where it is much wider than the face. */
  readonly label?: string;
  /** Behind the label, never cut: a score. */
  readonly note?: string;
  /** Faces of one person have one colour, those of different people different ones, as far as seven go. Default 0. */
  readonly person?: number;
};

/** Okabe and Ito's colours, which people who see colours differently can tell apart. */
const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"] as const;

/** The colour of a person's faces, by a whole number of any size. */
export function personColour(person: number): string {
  return COLOURS[((person % COLOURS.length) + COLOURS.length) % COLOURS.length]!;
}

/** Black or white, whichever reads better on a colour of six hexadecimal digits. */
export function textColour(background: string): "#000000" | "#ffffff" {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16));
  return 0.299 * r! + 0.587 * g! + 0.114 * b! > 115 ? "#000000" : "#ffffff";
}

/** Where everything that is drawn of faces lies; pixels of the image, edge to edge. */
export type MarkLayout = {
  /** Width of the boxes' lines, before their rim. */
  readonly line: number;
  readonly faces: readonly {
    readonly box: Box;
    readonly colour: string;
    /** Centres of the dots; the first pixel's centre is at ½. */
    readonly dots: readonly Point[];
    readonly radius: number;
  }[];
  /** In the order of the faces that have a text. */
  readonly plates: readonly Plate[];
};

export type Plate = {
  readonly box: Box;
  readonly colour: string;
  readonly text: string;
  /** Font size; bold. */
  readonly size: number;
  /** Where the text begins, and the line it stands on. */
  readonly start: Point;
};

/**
 * Boxes, landmarks and label plates over an image of that size. Lines and letters scale with the image and the faces;
 * plates stay inside the picture and, where there is room, off each other and off other faces.
 */
export function layOutMarks(width: number, height: number, faces: readonly FaceMark[]): MarkLayout {
  const line = Math.max(1, Math.max(width, height) / 500);
  const plates: Plate[] = [];
  for (const face of faces) {
    const plate = layOutPlate(face, width, height, line, faces, plates);
    if (plate) plates.push(plate);
  }
  return {
    line,
    faces: faces.map(({ box, landmarks = [], person = 0 }) => {
      const shown = visible(box, width, height, line);
      const radius = Math.max(0.75 * line, Math.min(1.5 * line, 0.03 * (shown[2] - shown[0])));
      const dots = landmarks.map(([x, y]): Point => [x + 0.5, y + 0.5]);
      return { box: shown, colour: personColour(person), dots, radius };
    }),
    plates,
  };
}

/** @param plates those placed before, to keep off. @returns `null` where there is no text or no room for any. */
function layOutPlate(
  face: FaceMark,
  width: number,
  height: number,
  line: number,
  faces: readonly FaceMark[],
  plates: readonly Plate[],
): Plate | null {
  const [x0, y0, x1, y1] = visible(face.box, width, height, line);
  const longSide = Math.max(width, height);
  const wanted = Math.min(Math.max(0.2 * (x1 - x0), longSide / 120), longSide / 40);
  const size = Math.max(7, Math.min(wanted, height / 3));
  const pad = 0.3 * size;
  const text = plateText(face, size, Math.min(width - 2 * pad, Math.max(2.5 * (x1 - x0), 13 * size)));
  if (text === "") return null;
  const w = Math.min(textWidth(text, size) + 2 * pad, width);
  const h = 1.35 * size;
  const lefts = [x0 - 0.65 * line, x1 + 0.65 * line - w, (x0 + x1 - w) / 2];
  const candidates = [y0 - h, y1, y0, y1 - h].flatMap((top) =>
    lefts.map((left) => place(left, top, w, h, width, height)),
  );
  const best = leastCrowded(
    candidates,
    faces,
    plates.map(({ box }) => box),
  );
  const start: Point = [best[0] + pad, best[1] + 1.02 * size];
  return { box: best, colour: personColour(face.person ?? 0), text, size, start };
}

/** Label and note within a width: the label gives way. */
function plateText({ label = "", note = "" }: FaceMark, size: number, width: number): string {
  const [name, score] = [label, note].map((part) => part.replace(/\s+/g, " ").trim());
  const tail = fitText(name && score ? ` ${score}` : score!, size, width);
  return fitText(name!, size, width - textWidth(tail, size)) + tail;
}

/** The first of the places that hides least: another plate counts double, a face once. */
function leastCrowded(candidates: readonly Box[], faces: readonly FaceMark[], plates: readonly Box[]): Box {
  const hidden = (place: Box) =>
    2 * plates.reduce((sum, plate) => sum + intersectionArea(plate, place), 0) +
    faces.reduce((sum, { box }) => sum + intersectionArea(box, place), 0);
  const scores = candidates.map(hidden);
  const least = Math.min(...scores);
  // A plate along its own box's edge shares a line's width with it.
  return candidates.find((candidate, i) => scores[i]! <= least + 0.05 * boxArea(candidate))!;
}

/** The plate moved into the picture. */
function place(left: number, top: number, w: number, h: number, width: number, height: number): Box {
  const x = Math.max(0, Math.min(left, width - w));
  const y = Math.max(0, Math.min(top, height - h));
  return [x, y, x + w, y + h];
}

/** The box with its lines inside the picture. SVG counts from edges, as boxes do. */
function visible([x0, y0, x1, y1]: Box, width: number, height: number, line: number): Box {
  const inside = (value: number, end: number) => Math.min(Math.max(value, line), Math.max(end - line, line));
  return [inside(x0, width), inside(y0, height), inside(x1, width), inside(y1, height)];
}
