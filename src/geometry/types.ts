/**
 * Pixels throughout: x to the right, y down, the centre of the first pixel at (0, 0) as in OpenCV.
 * A box spans [x0, x1) × [y0, y1) as continuous coordinates: width is x1 − x0, with no "+1".
 */
export type Point = readonly [x: number, y: number];

export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** Five points as seen in the image: the eye on its left, the other eye, nose tip, left and right mouth corner. */
export type Landmarks = readonly [leftEye: Point, rightEye: Point, nose: Point, mouthLeft: Point, mouthRight: Point];

/** `[a, b, c, d, e, f]`: x' = a·x + b·y + c, y' = d·x + e·y + f, the row order of cv2's 2×3 matrices. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];
