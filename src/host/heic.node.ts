import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ArcfaceError } from "../errors.ts";

/** A program that turns a HEIC file into PNG. */
export type HeicTool = {
  readonly program: string;
  readonly args: (input: string, output: string) => readonly string[];
  /** Its failure speaks of the file, rather than of what this build of the program can do. */
  readonly reliable: boolean;
};

const HEIC_TOOLS: readonly HeicTool[] = [
  { program: "heif-dec", args: (input, output) => [input, output], reliable: true },
  { program: "heif-convert", args: (input, output) => [input, output], reliable: true }, // its name before libheif 1.18
  {
    program: "ffmpeg",
    // The container is named and other protocols shut out: these bytes are nobody's play list.
    args: (input, output) => [
      "-v",
      "error",
      "-nostdin",
      "-protocol_whitelist",
      "file",
      "-f",
      "mov",
      "-i",
      input,
      "-frames:v",
      "1",
      output,
    ],
    reliable: false, // before 7.1 it reads no HEIC, or the first tile of one
  },
];

const HINT =
  "install libheif's tools (Debian and Ubuntu: apt install libheif-examples; macOS: brew install libheif), " +
  "or save the photo as JPEG";

export type HeicOptions = { readonly tools?: readonly HeicTool[]; readonly timeoutMs?: number };

/**
 * A HEIC photo as PNG, turned upright, through the first program that is installed and can.
 *
 * @param accept whether a PNG is the whole picture: a program that knows no tiles answers with one of them.
 * @throws {ArcfaceError} MISSING_TOOL, UNSUPPORTED_FORMAT (a program that reads HEIC refused this file), NO_SPACE, IO.
 */
export async function heicToPng(
  bytes: Uint8Array,
  name: string,
  accept: (png: Uint8Array) => Promise<boolean>,
  { tools = HEIC_TOOLS, timeoutMs = 30_000 }: HeicOptions = {},
): Promise<Uint8Array> {
  const folder = await onDisk(name, () => mkdtemp(join(tmpdir(), "arcface-heic-")));
  try {
    const input = join(folder, "photo.heic");
    await onDisk(name, () => writeFile(input, bytes));
    const refusals: string[] = [];
    for (const { program, args, reliable } of tools) {
      try {
        await promisify(execFile)(program, args(input, join(folder, "out.png")), {
          timeout: timeoutMs,
          killSignal: "SIGKILL",
          maxBuffer: 1 << 20,
          cwd: folder,
        });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
        const reason = failure(error, timeoutMs).replaceAll(`${folder}/`, "");
        if (reliable && !(error as { killed?: boolean }).killed) {
          throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: a HEIC photo that ${program} cannot read: ${reason}`, {
            cause: error,
          });
        }
        refusals.push(`${program} (${reason})`);
        continue;
      }
      const png = await firstPng(folder);
      if (png && (await accept(png))) return png;
      refusals.push(`${program} (it gave ${png ? "a part of the picture" : "no picture"})`);
    }
    const tried = refusals.length > 0 ? `could not be read by ${refusals.join(", ")}` : "needs a program to read it";
    throw new ArcfaceError("MISSING_TOOL", `${name}: a HEIC photo ${tried}`, { hint: HINT });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** heif-convert writes out.png, or out-1.png and more where the file holds several photos; the first is the main one. */
async function firstPng(folder: string): Promise<Uint8Array | undefined> {
  const [first] = (await readdir(folder)).filter((file) => /^out(-1)?\.png$/.test(file)).sort();
  if (!first) return undefined;
  const png = await readFile(join(folder, first));
  await rm(join(folder, first));
  return png;
}

function failure(error: unknown, timeoutMs: number): string {
  const { killed, stderr, message } = error as { killed?: boolean; stderr?: string; message: string };
  if (killed) return `no answer in ${timeoutMs / 1000} s`;
  return (stderr?.trim() || message).split("\n").at(-1)!.slice(0, 200);
}

async function onDisk<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ArcfaceError(
      code === "ENOSPC" ? "NO_SPACE" : "IO",
      `${name}: a HEIC photo needs a temporary file in ${tmpdir()}, which failed: ${code ?? error}`,
      { hint: "make room, or point TMPDIR at another folder", cause: error },
    );
  }
}
