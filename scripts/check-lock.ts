/**
 * Every entry of package-lock.json has a version and an integrity, and none names a host. npm 11 writes entries without
 * a version for optional packages that the registry lacks, and then `npm ci` refuses the lock (npm/cli#9846).
 */
import { readFileSync } from "node:fs";

type Entry = { version?: string; link?: boolean; integrity?: string; resolved?: string };
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Entry> };
const entries = Object.entries(lock.packages).filter(([name]) => name !== "");
const problems = [
  ...entries.filter(([, e]) => !e.version && !e.link).map(([name]) => `${name}: no version`),
  ...entries.filter(([, e]) => !e.integrity && !e.link).map(([name]) => `${name}: no integrity`),
  ...entries.filter(([, e]) => e.resolved).map(([name, e]) => `${name}: names ${e.resolved}`),
];
if (problems.length > 0) {
  console.error(`package-lock.json:\n  ${problems.join("\n  ")}`);
  process.exit(1);
}
