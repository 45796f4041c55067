import { type Anatomy, anatomyOf, type Votes } from "./vote.ts";

/** A picture that is not of the person it is labelled as, as far as the centres tell. */
export type DroppedImage = {
  /** Its path in the set, or its record. */
  readonly image: string;
  /** Degrees from the dominant centre of its class. */
  readonly angle: number;
  /** Whether the centre it is nearest to is the dominant one. */
  readonly nearest: "dominant" | "other";
};

export type CleanedClass = {
  readonly label: number;
  /** The folder's; of sets without names, the label. */
  readonly name: string;
  readonly images: number;
  readonly kept: number;
  /** Share of the images that are nearest to the dominant centre. */
  readonly dominantShare: number;
  /** The farthest first. */
  readonly dropped: readonly DroppedImage[];
};

/** What cleaning makes of a set. */
export type CleanReport = {
  readonly images: number;
  readonly kept: number;
  readonly dropped: number;
  readonly classes: number;
  /** Classes of which nothing is kept. */
  readonly emptied: number;
  /** Degrees: kept is what is nearer to the dominant centre. */
  readonly threshold: number;
  readonly subCenters: number;
  readonly anatomy: Anatomy;
  /** By label; those without images are left out. */
  readonly perClass: readonly CleanedClass[];
};

export type ReportInput = {
  readonly votes: Votes;
  readonly labels: ArrayLike<number>;
  readonly threshold: number;
  readonly subCenters: number;
  readonly classes: number;
  readonly nameOf: (image: number) => string;
  readonly classNames: readonly string[] | null;
};

export function isKept({ angles }: Votes, image: number, threshold: number): boolean {
  return angles[image]! < threshold;
}

/** Counts, and each class with what it loses. */
export function reportOf(input: ReportInput): CleanReport {
  const { votes, labels, threshold, subCenters, classes, nameOf, classNames } = input;
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i++) members[labels[i]!]!.push(i);
  const isDominant = (i: number): boolean => votes.nearest[i] === votes.dominant[labels[i]!];
  const perClass = members.flatMap((own, label): CleanedClass[] => {
    if (own.length === 0) return [];
    const dropped = own
      .filter((i) => !isKept(votes, i, threshold))
      .sort((a, b) => votes.angles[b]! - votes.angles[a]!)
      .map((i): DroppedImage => {
        const angle = Math.round(votes.angles[i]! * 100) / 100;
        return { image: nameOf(i), angle, nearest: isDominant(i) ? "dominant" : "other" };
      });
    return [
      {
        label,
        name: classNames?.[label] ?? `${label}`,
        images: own.length,
        kept: own.length - dropped.length,
        dominantShare: own.filter(isDominant).length / own.length,
        dropped,
      },
    ];
  });
  const kept = perClass.reduce((sum, one) => sum + one.kept, 0);
  return {
    images: labels.length,
    kept,
    dropped: labels.length - kept,
    classes: perClass.length,
    emptied: perClass.filter((one) => one.kept === 0).length,
    threshold,
    subCenters,
    anatomy: anatomyOf(votes, labels, threshold),
    perClass,
  };
}
