import { join } from "node:path";
import sharp from "sharp";
import { samplePhotos } from "./default-models.ts";

/** Faces in the demo's photographs: which photo (from 0), and the box, in whole pixels. */
const FACES = {
  rose1: [0, 1472, 252, 1638, 419],
  rose2: [2, 1039, 249, 1294, 505],
  vera: [2, 1481, 338, 1717, 574],
  iris: [5, 618, 349, 898, 629],
  dana: [5, 1155, 334, 1405, 585],
} as const;

export type SamplePerson = keyof typeof FACES;

/**
 * Photographs of one person each, cut out of the demo's with a margin of 0.6 of the face: Rose twice, three others once.
 *
 * @returns their paths in `folder`, by name.
 */
export async function cutPeople(folder: string): Promise<Record<SamplePerson, string>> {
  const photos = await samplePhotos();
  const cut = async ([name, [photo, x0, y0, x1, y1]]: [string, readonly number[]]): Promise<[string, string]> => {
    const side = x1! - x0!;
    const margin = Math.round(0.6 * side);
    const path = join(folder, `${name}.jpg`);
    const area = { left: x0! - margin, top: y0! - margin, width: side + 2 * margin, height: y1! - y0! + 2 * margin };
    await sharp(photos[photo!]!).extract(area).jpeg({ quality: 95 }).toFile(path);
    return [name, path];
  };
  return Object.fromEntries(await Promise.all(Object.entries(FACES).map(cut))) as Record<SamplePerson, string>;
}
