/**
 * Pixels throughout, x to the right, y down. Of a point whole numbers are pixel centres: the first pixel's is (0, 0), as
 * in OpenCV.
 */
export type Point = readonly [x: number, y: number];

/**
 * From edge to edge, the first pixel spanning 0–1: the whole image is [0, 0, width, height], and width is x1 − x0, with
 * no "+1". An edge at x lies at x − ½ among points.
 */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** Five points as seen in the image: the eye on its left, the other eye, nose tip, left and right mouth corner. */
export type Landmarks = readonly [leftEye: Point, rightEye: Point, nose: Point, mouthLeft: Point, mouthRight: Point];

/** `[a, b, c, d, e, f]`: x' = a·x + b·y + c, y' = d·x + e·y + f, the row order of cv2's 2×3 matrices. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];
