import { ArcfaceError } from "../errors.ts";
import { badLine, linesOf, type NamedText, wholeNumber } from "./lines.ts";
import { imageIndex, type Pair, type PairSet } from "./pair-set.ts";

/** `FF` compares two frontal photos, `FP` a frontal one with a profile. */
export type CfpProtocol = "FF" | "FP";

export type CfpFiles = {
  /** `Protocol/Pair_list_F.txt`. */
  readonly frontal: NamedText;
  /** `Protocol/Pair_list_P.txt`; read for FP only. */
  readonly profile: NamedText;
  /** `Protocol/Split/{FF,FP}/NN`, in order: each is a fold. */
  readonly splits: readonly { readonly same: NamedText; readonly diff: NamedText }[];
};

/**
 * Parse Celebrities in Frontal-Profile's pairs. A list has lines `index path`, the path relative to `Protocol/`; a split
 * has lines `i,j`, indices into the lists: in FP i is a frontal photo and j a profile, in FF both are frontal.
 *
 * @returns image paths relative to the data set's folder: `Data/Images/001/frontal/01.jpg`.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number; INVALID_ARGUMENT where a path leaves the folder or
 * there is no split.
 * Source: the data set's Readme.txt.
 */
export function parseCfpPairs(protocol: CfpProtocol, { frontal, profile, splits }: CfpFiles): PairSet {
  if (splits.length === 0) throw new ArcfaceError("INVALID_ARGUMENT", `cfp: expected splits of ${protocol}, got none`);
  const first = parseList(frontal);
  const second = protocol === "FP" ? parseList(profile) : first;
  const { images, indexOf } = imageIndex();
  const pairs = splits.flatMap(({ same, diff }, fold) => {
    const read = (named: NamedText, isSame: boolean): Pair[] =>
      parseSplit(named, first, second).map(([a, b]) => ({ a: indexOf(a), b: indexOf(b), same: isSame, fold }));
    const [genuine, impostor] = [read(same, true), read(diff, false)];
    if (genuine.length !== impostor.length || genuine.length === 0) {
      const got = `${genuine.length} and ${impostor.length}`;
      const what = `as many lines in ${same.file} as in ${diff.file}`;
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `cfp: expected ${what}, got ${got}`, {
        hint: "the official files have 350 lines each; a shorter one was cut in copying",
      });
    }
    return [...genuine, ...impostor];
  });
  return { name: `CFP-${protocol}`, images, pairs };
}

function parseList({ file, text }: NamedText): Map<number, string> {
  const paths = new Map<number, string>();
  for (const line of linesOf(text)) {
    const [, digits, path] = line.text.match(/^(\d{1,9})\s+(\S.*)$/) ?? [];
    if (!digits || !path) throw badLine(file, line.number, "an index and a path", `"${line.text}"`);
    const index = Number(digits);
    if (paths.has(index)) throw badLine(file, line.number, "each index once", `${index} again`);
    paths.set(index, fromProtocol(path, file, line.number));
  }
  return paths;
}

function parseSplit({ file, text }: NamedText, first: Map<number, string>, second: Map<number, string>) {
  return linesOf(text).map((line): [string, string] => {
    const [i, j, ...rest] = line.text.split(",").map((part) => wholeNumber(part.trim()));
    if (typeof i !== "number" || typeof j !== "number" || rest.length > 0) {
      throw badLine(file, line.number, "two indices, such as 7,448", `"${line.text}"`);
    }
    const [a, b] = [first.get(i), second.get(j)];
    if (a === undefined || b === undefined) {
      throw badLine(
        file,
        line.number,
        "indices of the pair lists (from 1)",
        `${line.text}: ${a ? j : i} is in no list`,
      );
    }
    return [a, b];
  });
}

/** `../Data/x.jpg`, as seen from `Protocol/`, is `Data/x.jpg` of the data set. */
function fromProtocol(path: string, file: string, line: number): string {
  const parts: string[] = ["Protocol"];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) throw outside(path, file, line);
    } else if (part !== "." && part !== "") parts.push(part);
  }
  if (/^([/\\]|[A-Za-z]:)/.test(path) || parts.length === 0) throw outside(path, file, line);
  return parts.join("/");
}

function outside(path: string, file: string, line: number): ArcfaceError {
  return new ArcfaceError("INVALID_ARGUMENT", `${file}:${line}: expected a path inside the data set, got ${path}`, {
    hint: "a pair list may name images in its own folder only",
  });
}
