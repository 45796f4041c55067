import { ArcfaceError, type ErrorCode } from "../errors.ts";
import { maskAddress } from "./mask-address.ts";

type Rule = {
  readonly says: RegExp;
  readonly code: ErrorCode;
  /** `$1` is the pattern's first group. */
  readonly means: string;
  readonly hint?: string;
};

const SAVE_AGAIN = "get the file again from where it came from, or convert it with ffmpeg -i FILE new.mp4";
const OTHER_FFMPEG = "install a complete ffmpeg, and name it in FFMPEG_PATH";

/** What ffmpeg's lines mean; the first rule that finds its words in any of them holds. */
const RULES: readonly Rule[] = [
  { says: /No space left on device|Disk quota exceeded/, code: "NO_SPACE", means: "the disk is full" },
  {
    says: /401 Unauthorized|authorization failed/i,
    code: "NETWORK",
    means: "the server refuses the user name or password (401)",
    hint: "put them into the address: rtsp://user:password@host/path",
  },
  { says: /403 Forbidden|access denied/i, code: "NETWORK", means: "the server forbids it (403)" },
  { says: /404 (?:Stream |File )?not found/i, code: "NOT_FOUND", means: "the server has no such stream (404)" },
  { says: /(?:Server returned|error) (4\d\d|5\d\d|4XX|5XX)/i, code: "NETWORK", means: "the server answered $1" },
  {
    says: /Connection refused/,
    code: "NETWORK",
    means: "nothing listens there (connection refused)",
    hint: "check the address and its port, and that the camera or server runs",
  },
  {
    says: /Failed to resolve hostname (\S+?):? /,
    code: "NETWORK",
    means: "the host name $1 is not known",
    hint: "check the address and the network",
  },
  { says: /timed out|Immediate exit requested/i, code: "NETWORK", means: "no answer in time" },
  { says: /No route to host|(?:Network|Host) is unreachable/, code: "NETWORK", means: "the network does not reach it" },
  { says: /Connection reset|Broken pipe/, code: "NETWORK", means: "the connection broke" },
  {
    says: /Protocol '(\w+)' not on whitelist/,
    code: "UNSUPPORTED_FORMAT",
    means: "it refers to another place by $1, which is not followed",
    hint: "open that place by its own address",
  },
  {
    says: /(?:^|\W)(\w+):\/\/\S*: Protocol not found/m,
    code: "UNSUPPORTED_FORMAT",
    means: "this ffmpeg lacks the protocol $1",
    hint: OTHER_FFMPEG,
  },
  {
    says: /Unknown input format: '?(\w+)|Requested (?:input|output) format '?(\w+)/,
    code: "UNSUPPORTED_FORMAT",
    means: "this ffmpeg lacks the device or format $1",
    hint: OTHER_FFMPEG,
  },
  {
    says: /no decoder found for: (\w+)|Decoder \(codec (\w+)\) not found/,
    code: "UNSUPPORTED_FORMAT",
    means: "this ffmpeg lacks a decoder for $1",
    hint: OTHER_FFMPEG,
  },
  {
    says: /Unknown encoder '(\w+)'/,
    code: "UNSUPPORTED_FORMAT",
    means: "this ffmpeg lacks the encoder $1",
    hint: OTHER_FFMPEG,
  },
  {
    says: /No such filter: '?(\w+)/,
    code: "UNSUPPORTED_FORMAT",
    means: "this ffmpeg lacks the filter $1",
    hint: OTHER_FFMPEG,
  },
  {
    says: /exceeds specified max pixel count|Picture size \S+ is invalid/,
    code: "TOO_LARGE",
    means: "its pictures have more pixels than maxPixels",
    hint: "raise maxPixels if you trust it",
  },
  {
    says: /moov atom not found/,
    code: "UNSUPPORTED_FORMAT",
    means: "no video, or an MP4 that was cut off before its index (moov)",
    hint: SAVE_AGAIN,
  },
  { says: /No such file or directory|No such device/, code: "NOT_FOUND", means: "there is no such file or device" },
  { says: /Permission denied|Operation not permitted/, code: "IO", means: "permission denied" },
  { says: /Device or resource busy/, code: "CONFLICT", means: "another program holds it" },
  {
    says: /Inappropriate ioctl|[Nn]ot a video capture device/,
    code: "UNSUPPORTED_FORMAT",
    means: "a device that is no camera",
  },
  {
    says: /Invalid data found|could not find codec parameters|Error while decoding|Cannot determine format/i,
    code: "UNSUPPORTED_FORMAT",
    means: "not a video that ffmpeg reads, or damaged",
    hint: SAVE_AGAIN,
  },
];

/**
 * What ffmpeg's last words mean, in a sentence of ours; the words themselves, without passwords, are the `cause`.
 *
 * @param name what was read or written, already masked.
 * @param lines the end of ffmpeg's stderr.
 * @param otherwise the code where no rule knows the words; the sentence then ends with ffmpeg's last line.
 */
export function explainFfmpeg(name: string, lines: readonly string[], otherwise: ErrorCode): ArcfaceError {
  const words = lines.map(maskAddress);
  const cause = new Error(words.join("\n"));
  for (const { says, code, means, hint } of RULES) {
    const found = says.exec(words.join("\n"));
    const what = found?.slice(1).find((group) => group !== undefined) ?? "";
    if (found) return new ArcfaceError(code, `${name}: ${means.replace("$1", what)}`, { hint, cause });
  }
  const last = words.at(-1)?.replace(/^\[[^\]]*\] /, "");
  return new ArcfaceError(otherwise, `${name}: ffmpeg ${last === undefined ? "failed in silence" : `says: ${last}`}`, {
    cause,
  });
}

/** Whether ffmpeg, which then ends as if all were well, met the end of the bytes within the pictures. */
export function isCutOff(lines: readonly string[]): boolean {
  return lines.some((line) => /partial file|ended prematurely|ends prematurely|corrupt input packet/i.test(line));
}
