/**
 * The child's side of a contender: pictures come in one after the other, a description of the face nearest the middle goes
 * back with the milliseconds that it took.
 *
 * @param {(picture: { width: number, height: number, data: Uint8Array }) => Promise<{ embedding: number[] | null, faces: number }>} describe
 *   with how many faces it had to describe for it.
 */
export function contend(describe) {
  process.on("message", async ({ id, picture }) => {
    try {
      const start = performance.now();
      const { embedding, faces } = await describe(picture);
      process.send({ id, embedding, ms: (performance.now() - start) / Math.max(1, faces) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  process.send({ ready: true });
}

/** Of boxes { x, y, width, height } the one whose middle is nearest the picture's; undefined where there is none. */
export function nearestMiddle(boxes, { width, height }) {
  const distance = (box) => Math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2);
  return boxes.map((box, i) => ({ i, d: distance(box) })).sort((a, b) => a.d - b.d)[0]?.i;
}
