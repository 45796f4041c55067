import { createNodeHost } from "../host/host.node.ts";
import { resizeArea } from "../image/resize.ts";

/** A picture's bytes by its key; `null` where it is not there. */
export type ReadPicture = (key: string) => Promise<Uint8Array | null>;

/** A picture on the page: its address, which is the picture itself, and its size in pixels. */
export type Thumbnail = { readonly address: string; readonly width: number; readonly height: number };

/** Pixels of the longer side: faces can be told, and a page of a hundred pictures stays below a megabyte. */
const SIDE = 160;

/** Small JPEGs as `data:` addresses, by key. What cannot be read or decoded is left out: a report is not lost for it. */
export async function thumbnails(keys: Iterable<string>, read: ReadPicture): Promise<Map<string, Thumbnail>> {
  const { codec } = createNodeHost();
  const made = new Map<string, Thumbnail>();
  for (const key of new Set(keys)) {
    const bytes = await read(key).catch(() => null);
    const image = bytes && (await codec.decode(bytes, key).catch(() => null));
    if (!image) continue;
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
    const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale)));
    const jpeg = await codec.encode(resizeArea(image, width!, height!), "jpeg", { quality: 80 });
    made.set(key, {
      address: `data:image/jpeg;base64,${Buffer.from(jpeg).toString("base64")}`,
      width: width!,
      height: height!,
    });
  }
  return made;
}
