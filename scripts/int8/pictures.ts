import { readdirSync } from "node:fs";
import { join } from "node:path";

export { spread } from "../../src/quantize/quantize-network.ts";

/** JPEG and PNG files below a folder, by name. */
export function picturesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => /\.(jpe?g|png)$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
}
