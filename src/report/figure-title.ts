/** What a figure's name means, for who does not know it. */
export function figureTitle(name: string): { readonly title: string; readonly note: string } {
  const [kind, at] = name.split("=");
  const rank = /^rank-(\d+)$/.exec(name)?.[1];
  if (kind === "accuracy") return { title: "Accuracy", note: "pairs judged rightly" };
  if (kind === "EER") return { title: "Equal error rate", note: "where both errors are as frequent" };
  if (kind === "TAR@FAR") return { title: `TAR at FAR ${at}`, note: "genuine pairs accepted" };
  if (kind === "TPIR@FPIR")
    return { title: `TPIR at FPIR ${at}`, note: "known people named, at so many wrong names for strangers" };
  if (rank === "1") return { title: "Rank 1", note: "the right person comes first" };
  if (rank !== undefined) return { title: `Rank ${rank}`, note: `the right person is among the first ${rank}` };
  return { title: name, note: "" };
}
