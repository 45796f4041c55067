import type { Read } from "../wire/message-types.ts";
import { ENUMS } from "../wire/messages.ts";
import { cornersOf, placeIn, type XY } from "./place.ts";

export type Overlay =
  | { readonly kind: "detections"; readonly message: Read<"img_detections.ImgDetections"> }
  | { readonly kind: "annotations"; readonly message: Read<"image_annotations.ImageAnnotations"> };

type Transformation = Read<"common.ImgTransformation"> | undefined;

/** What is drawn on: sizes are in its pixels. */
type Sheet = {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** Of its pixels for one of the screen's points: lines and letters are as large on every screen. */
  readonly scale: number;
};

/** Draw over a picture that fills the sheet. @param shown of the picture. */
export function drawOverlay(sheet: Sheet, overlay: Overlay, shown: Transformation): void {
  const place = placeIn(shown, overlay.message.transformation);
  const toSheet = (point: XY): XY => {
    const { x, y } = place(point);
    return { x: x * sheet.width, y: y * sheet.height };
  };
  if (overlay.kind === "detections") drawDetections(sheet, overlay.message, toSheet, shown);
  else for (const annotation of overlay.message.annotations) drawAnnotation(sheet, annotation, toSheet, shown);
}

function drawDetections(
  sheet: Sheet,
  { detections, transformation }: Read<"img_detections.ImgDetections">,
  toSheet: (point: XY) => XY,
  shown: Transformation,
): void {
  const frame = transformation ?? shown ?? sheet;
  for (const { boundingBox, keypoints, labelName, label, confidence } of detections) {
    const { center, size, angle = 0 } = boundingBox ?? {};
    if (!center || !size) continue;
    const name = labelName || (label > 0 ? `${label}` : "");
    const colour = colourOf(name);
    const corners = cornersOf(center, size, angle, frame).map(toSheet);
    line(sheet, [...corners, corners[0]!], colour, 2);
    for (const { imageCoordinates } of keypoints?.keypoints ?? []) {
      if (imageCoordinates) dot(sheet, toSheet(imageCoordinates), colour);
    }
    const score = confidence > 0 ? `${Math.round(100 * confidence)}%` : "";
    write(sheet, corners, `${name} ${score}`.trim(), colour);
  }
}

function drawAnnotation(
  sheet: Sheet,
  { circles, points, texts }: Read<"image_annotations.ImageAnnotation">,
  toSheet: (point: XY) => XY,
  shown: Transformation,
): void {
  const { context, scale, width } = sheet;
  for (const { type, points: spots, outlineColor, thickness } of points) {
    const kind = ENUMS["image_annotations.PointsAnnotationType"][type];
    const placed = spots.map(toSheet);
    const colour = cssOf(outlineColor);
    if (kind === "LINE_LOOP") line(sheet, [...placed, ...placed.slice(0, 1)], colour, thickness);
    else if (kind === "LINE_STRIP") line(sheet, placed, colour, thickness);
    else if (kind === "LINE_LIST") {
      for (let i = 0; i + 1 < placed.length; i += 2) line(sheet, placed.slice(i, i + 2), colour, thickness);
    } else for (const spot of placed) dot(sheet, spot, colour);
  }
  for (const { position, diameter, thickness, outlineColor } of circles) {
    const { x, y } = toSheet(position ?? { x: 0, y: 0 });
    context.beginPath();
    context.arc(x, y, (diameter * width) / 2, 0, 2 * Math.PI);
    stroke(sheet, cssOf(outlineColor), thickness);
  }
  for (const { position, text, fontSize, textColor } of texts) {
    const { x, y } = toSheet(position ?? { x: 0, y: 0 });
    context.font = `${Math.max(11 * scale, (fontSize * width) / (shown?.width || width))}px system-ui, sans-serif`;
    context.fillStyle = cssOf(textColor);
    context.fillText(text, x, y);
  }
}

function line(sheet: Sheet, points: readonly XY[], colour: string, thickness: number): void {
  sheet.context.beginPath();
  for (const { x, y } of points) sheet.context.lineTo(x, y);
  stroke(sheet, colour, thickness);
}

/** A dark edge on both sides keeps it visible on any picture. */
function stroke({ context, scale }: Sheet, colour: string, thickness: number): void {
  context.lineJoin = "round";
  for (const [style, extra] of [["rgb(0 0 0 / 55%)", 2] as const, [colour, 0] as const]) {
    context.strokeStyle = style;
    context.lineWidth = (Math.max(1, thickness) + extra) * scale;
    context.stroke();
  }
}

function dot({ context, scale }: Sheet, { x, y }: XY, colour: string): void {
  context.beginPath();
  context.arc(x, y, 2.5 * scale, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.strokeStyle = "rgb(0 0 0 / 70%)";
  context.lineWidth = scale;
  context.fill();
  context.stroke();
}

/** A label above the highest corner, or as near to it as the sheet has room. */
function write({ context, width, scale }: Sheet, corners: readonly XY[], text: string, colour: string): void {
  if (text === "") return;
  const [size, padding] = [12 * scale, 4 * scale];
  context.font = `600 ${size}px system-ui, sans-serif`;
  const [boxWidth, boxHeight] = [context.measureText(text).width + 2 * padding, size + padding];
  const left = Math.min(...corners.map(({ x }) => x));
  const top = Math.min(...corners.map(({ y }) => y));
  const x = Math.max(0, Math.min(left, width - boxWidth));
  const y = Math.max(0, top - boxHeight - scale);
  context.fillStyle = colour;
  context.fillRect(x, y, boxWidth, boxHeight);
  context.fillStyle = "#000";
  context.textBaseline = "middle";
  context.fillText(text, x + padding, y + boxHeight / 2);
  context.textBaseline = "alphabetic";
}

/** One colour a name, far from its neighbours': all equally bright, so that dark letters are read on each. */
function colourOf(name: string): string {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) % 4096;
  return `oklch(80% 0.17 ${(150 + hash * 137.5) % 360})`;
}

function cssOf(colour: Read<"common.Color"> | undefined): string {
  const { r, g, b, a } = colour ?? { r: 1, g: 1, b: 1, a: 1 };
  return `rgb(${255 * r} ${255 * g} ${255 * b} / ${a})`;
}
