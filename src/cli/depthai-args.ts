/**
 * The flags of DepthAI's re-identification example, by what we call them. Its single-dash words are no options to a
 * POSIX parser, which reads `-det` as `-d -e -t`.
 *
 * Source: `utils/arguments.py`, luxonis/oak-examples neural-networks/reidentification/human-reidentification.
 */
const FLAGS: Readonly<Record<string, string>> = {
  "-det": "--det-model",
  "--det_model": "--det-model",
  "-rec": "--rec-model",
  "--rec_model": "--rec-model",
  "-cos": "--cos-similarity-threshold",
  "--cos_similarity_threshold": "--cos-similarity-threshold",
  "-media": "--media-path",
  "--media_path": "--media-path",
  "-fps": "--fps-limit",
  "--fps_limit": "--fps-limit",
  "-d": "--device",
};

/** The same arguments with the example's flags, alone or with `=value`, in our spelling. After `--` nothing is a flag. */
export function fromDepthaiArgs(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    if (end !== -1 && i >= end) return arg;
    const [flag, value] = splitOnce(arg);
    const ours = Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
    if (ours === undefined) return arg;
    return value === null ? ours : `${ours}=${value}`;
  });
}

function splitOnce(arg: string): [flag: string, value: string | null] {
  const at = arg.indexOf("=");
  return at === -1 ? [arg, null] : [arg.slice(0, at), arg.slice(at + 1)];
}
