import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import envPaths from "env-paths";
import type { DecodeOptions } from "../host/host.ts";
import type { NodeOptions } from "../recognize/compose.node.ts";
import type { ZooProgress } from "../zoo/context.node.ts";
import type { CliContext } from "./command.ts";
import { given } from "./options.ts";

/** What loading networks needs of the command line: progress, licences and notices shown, Ctrl-C heard. */
export function nodeOptions(context: CliContext, { threads }: { threads?: number } = {}): NodeOptions {
  return given({
    threads,
    signal: context.signal,
    onProgress: (progress: ZooProgress) => showZoo(context, progress),
    onLicence: ({
      slug,
      licence,
    }: {
      slug: string;
      licence: { name: string; commercial: boolean; note?: string | undefined };
    }) => {
      const use = licence.commercial ? "" : ", not for commercial use";
      context.note(`${slug}: licence ${licence.name}${use}${licence.note ? ` (${licence.note})` : ""}`);
    },
    onNotice: (notice: string) => context.note(notice),
  });
}

function showZoo({ progress, note }: CliContext, event: ZooProgress): void {
  if (event.phase === "download") {
    const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
    progress.update(`fetching ${event.name} (MB)`, megabytes(event.receivedBytes), megabytes(event.totalBytes));
  } else if (event.phase === "wait") note(`waiting for another process that fetches ${event.name}`);
}

/** The gallery that is meant where none is named; its folder is made. */
export async function galleryPath(path: string | undefined): Promise<string> {
  if (path !== undefined) return path;
  const chosen = process.env.ARCFACE_GALLERY ?? `${envPaths("arcface", { suffix: "" }).data}/gallery.db`;
  await mkdir(dirname(chosen), { recursive: true });
  return chosen;
}

export function decodeOptions({ maxPixels }: { maxPixels?: number }): DecodeOptions {
  return given({ maxPixels });
}
