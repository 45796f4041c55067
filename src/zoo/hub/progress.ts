import { ArcfaceError } from "../../errors.ts";

export type ProgressFormat = "none" | "pretty" | "json";

/** How a download is told of. */
export type ProgressReport = {
  /** `total` is 0 while nobody knows it. */
  told(now: number, total: number): void;
  done(): void;
};

/**
 * DepthAI's ways to tell of a download, to the character.
 *
 * @param write takes what DepthAI would print, line ends and carriage returns in it.
 * @throws {ArcfaceError} INVALID_ARGUMENT on any other format.
 */
export function progressReport(format: string, name: string, write: (text: string) => void): ProgressReport {
  if (format === "none") return { told() {}, done() {} };
  if (format === "pretty") return pretty(name, write);
  if (format === "json") return json(name, write);
  throw new ArcfaceError("INVALID_ARGUMENT", `Invalid format: ${format}`);
}

const BAR_WIDTH = 50;

function pretty(name: string, write: (text: string) => void): ProgressReport {
  let finished = false;
  const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(3);
  return {
    told(now, total) {
      if (finished || total === 0) return;
      // DepthAI counts in single precision.
      const share = Math.fround(now / total);
      const at = Math.trunc(BAR_WIDTH * share);
      const bar = `${"=".repeat(at)}${at < BAR_WIDTH ? ">" : ""}`.padEnd(BAR_WIDTH);
      finished = now === total;
      const percent = Math.fround(share * 100).toFixed(3);
      write(`\rDownloading ${name} [${bar}] ${percent}% ${mib(now)}/${mib(total)} MB${finished ? "\n" : "\r"}`);
    },
    done() {},
  };
}

const PRINT_INTERVAL_MS = 100;

function json(name: string, write: (text: string) => void): ProgressReport {
  let startTime: number | null = null;
  let last = { now: 0, total: 0 };
  const print = ({ now, total }: typeof last) => {
    // nlohmann::json prints keys in their alphabetical order.
    const line = { download_now: now, download_total: total, log_type: "download", model_name: name };
    write(`${JSON.stringify(line)}\n`);
  };
  return {
    told(now, total) {
      if (startTime === null || total === 0) startTime = performance.now();
      if (performance.now() - startTime > PRINT_INTERVAL_MS || last.total !== total) {
        print({ now, total });
        startTime = performance.now();
      }
      last = { now, total };
    },
    done() {
      if (last.total !== 0) print(last);
    },
  };
}
