import { dirname, join } from "node:path";
import { ArcfaceError } from "../../errors.ts";

/**
 * What the user's npm would use in this folder: registry (also a scope's), tokens, proxy, certificates, timeouts, as
 * .npmrc files and `npm_config_…` variables say. Nothing is taken from npm's cache and nothing put there.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where npm's configuration contradicts itself.
 */
export async function npmOptions(env: NodeJS.ProcessEnv, cwd: string): Promise<Record<string, unknown>> {
  const [{ default: Config }, { default: definitions }] = await Promise.all([
    import("@npmcli/config"),
    import("@npmcli/config/lib/definitions/index.js"),
  ]);
  // npm's own folder may hold a built-in npmrc; where it stands is a guess that may miss without harm.
  const npmPath = join(dirname(dirname(process.execPath)), "lib/node_modules/npm");
  // A copy of the environment, because load() writes to it.
  const config = new Config({ ...definitions, npmPath, argv: [], env: { ...env }, cwd });
  try {
    await config.load();
  } catch (cause) {
    throw new ArcfaceError("INVALID_ARGUMENT", `npm configuration: ${(cause as Error).message}`, { cause });
  }
  const { cache: _npmCache, ...options } = config.flat;
  // npm would try for 70 seconds before it says that there is no network; people who want that can set it.
  const usual = config.isDefault("fetch-retry-mintimeout") && config.isDefault("fetch-retry-maxtimeout");
  return usual ? { ...options, retry: { ...(options.retry as object), minTimeout: 500, maxTimeout: 4000 } } : options;
}
