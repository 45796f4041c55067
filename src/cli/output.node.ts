/**
 * Whoever reads our output may stop (`| head -1`) or its disk may be full. The first ends the program without a word,
 * as SIGPIPE ends others; the second is an error. Without this both would be uncaught exceptions.
 */
export function surviveClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    process.stderr.write(
      `stdout: cannot be written: ${error.code === "ENOSPC" ? "the disk is full" : error.message}\n`,
    );
    process.exit(1);
  });
  // There is nobody left to tell.
  process.stderr.on("error", () => {});
}

export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printText(JSON.stringify(value, jsonValue, 2));
}

/** Embeddings as plain lists, which JSON.stringify would make objects of. */
function jsonValue(_key: string, value: unknown): unknown {
  return value instanceof Float32Array ? Array.from(value) : value;
}

/** The stacks, down to the first cause. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${error.cause === undefined ? "" : `\ncaused by: ${explain(error.cause)}`}`;
}
