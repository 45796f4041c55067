/**
 * A guess at what the axes of a tensor mean, a letter each: N batch, C channels, H height, W width, and D, E … for the
 * rest. It knows images and nothing else: an embedding [1, 512] comes to "NC", so its "NF" must be written out.
 *
 * @returns `null` where there are no axes, or more than letters.
 * Source: `infer_layout`, luxonis-ml luxonis_ml/nn_archive/utils.py.
 */
export function inferLayout(shape: readonly number[]): string | null {
  if (shape.length === 0) return null;
  const batch = shape[0] === 1 ? "N" : "";
  const rest = shape.slice(batch.length);
  if (rest.length === 3) {
    const [a, b, c] = rest as [number, number, number];
    if (a < b && a < c) return `${batch}CHW`;
    if (c < a && c < b) return `${batch}HWC`;
  }
  const letters = [..."CDEFGHIJKLMNOPQRSTUVWXYZ"].filter((letter) => letter !== batch);
  return rest.length > letters.length ? null : batch + letters.slice(0, rest.length).join("");
}

/** What is wrong with an input's layout, in luxonis-ml's words; `null` where nothing is. */
export function inputLayoutProblem(layout: string, shape: readonly number[], isImage: boolean): string | null {
  if (new Set(layout).size !== layout.length) return "Layout must not contain duplicate letters.";
  const problem = layoutProblem(layout, shape);
  if (problem) return problem;
  return isImage && !layout.includes("C") ? "C letter must be present in layout for image input type." : null;
}

/** What is wrong with an output's layout. */
export function outputLayoutProblem(layout: string, shape: readonly number[] | undefined): string | null {
  return shape === undefined ? "Shape must be defined if layout is defined." : layoutProblem(layout, shape);
}

function layoutProblem(layout: string, shape: readonly number[]): string | null {
  if (layout.length !== shape.length) return "Layout and shape must have the same length.";
  if (layout.includes("N") && layout[0] !== "N") return "If N (batch size) is included in the layout, it must be first";
  return null;
}
