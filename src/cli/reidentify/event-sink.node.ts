import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { fileError } from "../../file-error.node.ts";
import type { EventRecord } from "./event-text.ts";

/** Where events go as they happen, a line of JSON each. */
export interface EventSink extends AsyncDisposable {
  write(record: EventRecord): Promise<void>;
}

/** @param path a file, which is added to; `-` for stdout. @throws {ArcfaceError} NOT_FOUND, IO, NO_SPACE. */
export async function openEventSink(path: string): Promise<EventSink> {
  if (path === "-") {
    return {
      write: async (record) => void process.stdout.write(`${JSON.stringify(record)}\n`),
      async [Symbol.asyncDispose]() {},
    };
  }
  const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  let failure: Error | null = null;
  stream.on("error", (error) => {
    failure = error;
  });
  const check = () => {
    if (failure) throw fileError(failure, path, "writing events", "--events names another place");
  };
  await once(stream, "open").catch(check);
  return {
    async write(record) {
      check();
      if (!stream.write(`${JSON.stringify(record)}\n`)) await once(stream, "drain").catch(() => {});
      check();
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => stream.end(() => resolve()));
    },
  };
}
