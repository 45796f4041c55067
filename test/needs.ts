import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { test as base, type TestAPI } from "vitest";

/** Research data for measuring: `ARCFACE_DATA`, or `../shared/data` beside the project. */
export const DATA = resolve(process.env.ARCFACE_DATA ?? "../shared/data");

/** Runs where that research data is there, skips (saying so) elsewhere. */
export function needsData(...paths: string[]): TestAPI | TestAPI["skip"] {
  const missing = paths.find((path) => !existsSync(join(DATA, path)));
  return missing === undefined ? base : skipped(`research data ${missing} is absent`);
}

/** Runs where that program is installed; elsewhere skips, or fails under ARCFACE_REQUIRE=1. */
export function needsTool(tool: string): TestAPI | TestAPI["skip"] {
  return needsCommand(`command -v ${tool}`, tool);
}

/** Runs where that shell command succeeds, which shows that `what` is installed; else as `needsTool`. */
export function needsCommand(command: string, what: string): TestAPI | TestAPI["skip"] {
  const found = spawnSync("sh", ["-c", command]).status === 0;
  if (found) return base;
  if (process.env.ARCFACE_REQUIRE === "1") {
    return ((name: string) =>
      base(name, () => {
        throw new Error(`${what} is not installed, and ARCFACE_REQUIRE=1 makes that a failure`);
      })) as unknown as TestAPI;
  }
  return skipped(`${what} is not installed`);
}

function skipped(reason: string): TestAPI["skip"] {
  return ((name: string, ...rest: never[]) => base.skip(`${name} [skipped: ${reason}]`, ...rest)) as TestAPI["skip"];
}
