import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ArcfaceError } from "../errors.ts";
import { toolEnvironment } from "./ffmpeg-process.node.ts";

/** The two programs, as commands, and ffmpeg's version; a build that is no release counts as the newest. */
export type Ffmpeg = { readonly ffmpeg: string; readonly ffprobe: string; readonly version: number };

/**
 * ffmpeg by the path given, else by the environment's FFMPEG_PATH, else on PATH; ffprobe beside it, else on PATH.
 * Versions from 4.4 have the options that we use; tested with 5.1.
 *
 * @throws {ArcfaceError} MISSING_TOOL where it does not start.
 */
export async function findFfmpeg(path: string | undefined = process.env.FFMPEG_PATH): Promise<Ffmpeg> {
  const ffmpeg = path || "ffmpeg";
  const beside = join(dirname(ffmpeg), basename(ffmpeg).replace("ffmpeg", "ffprobe"));
  const ffprobe = dirname(ffmpeg) !== "." && existsSync(beside) ? beside : "ffprobe";
  try {
    const { stdout } = await promisify(execFile)(ffmpeg, ["-version"], { env: toolEnvironment(), timeout: 20_000 });
    const version = /^ffmpeg version n?(\d+\.\d+)/.exec(stdout)?.[1];
    return { ffmpeg, ffprobe, version: version === undefined ? Number.POSITIVE_INFINITY : Number(version) };
  } catch (cause) {
    throw missingTool(ffmpeg, cause);
  }
}

/** @param program the command that did not start. */
export function missingTool(program: string, cause: unknown): ArcfaceError {
  const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
  const problem = missing ? "is not installed" : `does not start: ${(cause as Error).message.trim().split("\n")[0]}`;
  return new ArcfaceError("MISSING_TOOL", `${program}: moving pictures need this program, which ${problem}`, {
    hint: "install ffmpeg (apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg), or name it in FFMPEG_PATH",
    cause,
  });
}
