/**
 * What a figure's name means, for who does not know it.
 *
 * @param options.hasStrangers whether strangers are among those sought. Default true.
 */
export function figureTitle(
  name: string,
  { hasStrangers = true }: { hasStrangers?: boolean } = {},
): { readonly title: string; readonly note: string } {
  const [kind, at] = name.split("=");
  const rank = /^rank-(\d+)$/.exec(name)?.[1];
  if (kind === "accuracy") return { title: "Accuracy", note: "pairs judged rightly" };
  if (kind === "EER") return { title: "Equal error rate", note: "where both errors are as frequent" };
  if (kind === "TAR@FAR") return { title: `TAR at FAR ${at}`, note: "genuine pairs accepted" };
  if (kind === "TPIR@FPIR")
    return {
      title: `TPIR at FPIR ${at}`,
      note: hasStrangers
        ? "known people named, at so many wrong names for strangers"
        : "people named, at so many likenesses with others a search",
    };
  if (rank === "1") return { title: "Rank 1", note: "the right person comes first" };
  if (rank !== undefined) return { title: `Rank ${rank}`, note: `the right person is among the first ${rank}` };
  return { title: name, note: "" };
}
