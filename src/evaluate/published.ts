import type { PublishedFigure } from "./evaluation.ts";

const PAPER = "Deng et al., ArcFace, TPAMI 2022";
const ZOO = "insightface model_zoo/README.md";
const README = "insightface recognition/arcface_torch/README.md";
const [MS1MV3_R100, IBUG_R100] = ["MS1MV3, ResNet-100", "IBUG-500K, ResNet-100"];
const [MS1MV3_R50, WEBFACE_MBF] = ["MS1MV3, ResNet-50", "WebFace600K, MobileFaceNet"];

/** A table's rows: what was measured, and percents, `null` where there is none, in the order of the figures. */
function rows(
  figures: readonly string[],
  source: string,
  of: Readonly<Record<string, readonly (number | null)[]>>,
): PublishedFigure[] {
  return Object.entries(of).flatMap(([name, percents]) =>
    percents.flatMap((percent, i): PublishedFigure[] =>
      // Five digits: 99.83 / 100 is 0.9983 and no hair less.
      percent === null ? [] : [{ figure: figures[i]!, value: Number((percent / 100).toFixed(5)), of: name, source }],
    ),
  );
}

const accuracy = (source: string, of: Readonly<Record<string, number>>): PublishedFigure[] =>
  rows(["accuracy"], source, Object.fromEntries(Object.entries(of).map(([name, percent]) => [name, [percent]])));

/** What was published, by protocol, of the networks that this package's are compared with. */
export const PUBLISHED = {
  lfw: [
    ...accuracy(`${PAPER}, Table 4`, { [MS1MV3_R100]: 99.83, [IBUG_R100]: 99.83 }),
    ...accuracy(ZOO, { [MS1MV3_R50]: 99.8, [WEBFACE_MBF]: 99.7 }),
  ],
  ytf: accuracy(`${PAPER}, Table 4`, { [MS1MV3_R100]: 98.02, [IBUG_R100]: 98.01 }),
  cfpFp: [
    ...accuracy(`${PAPER}, Table 5`, { [MS1MV3_R100]: 98.79, [IBUG_R100]: 98.87 }),
    ...accuracy(ZOO, { [MS1MV3_R50]: 98.529, [WEBFACE_MBF]: 98 }),
  ],
  agedb30: [
    ...accuracy(`${PAPER}, Table 5`, { [MS1MV3_R100]: 98.23, [IBUG_R100]: 98.38 }),
    ...accuracy(ZOO, { [MS1MV3_R50]: 98.267, [WEBFACE_MBF]: 96.58 }),
  ],
  calfw: accuracy(`${PAPER}, Table 5`, { [MS1MV3_R100]: 96.02, [IBUG_R100]: 96.1 }),
  cplfw: accuracy(`${PAPER}, Table 5`, { [MS1MV3_R100]: 93.21, [IBUG_R100]: 93.43 }),
  ijbb: [
    ...rows(["TAR@FAR=1e-4", "TAR@FAR=1e-5"], `${PAPER}, Tables 7 and 8`, {
      [MS1MV3_R100]: [95.42, 91.27],
      [IBUG_R100]: [96.02, 93.48],
    }),
  ],
  ijbc: [
    ...rows(["TAR@FAR=1e-4", "TAR@FAR=1e-5"], `${PAPER}, Tables 7 and 8`, {
      [MS1MV3_R100]: [96.83, 95.56],
      [IBUG_R100]: [97.27, 96.07],
    }),
    ...rows(["TAR@FAR=1e-4", "TAR@FAR=1e-5"], README, {
      [MS1MV3_R100]: [96.85, 95.02],
      "MS1MV3, MobileFaceNet": [94.23, 91.33],
    }),
    ...rows(["TAR@FAR=1e-4"], ZOO, { [MS1MV3_R50]: [96.58], [WEBFACE_MBF]: [95.02] }),
  ],
  ijbbSearch: rows(["rank-1"], `${PAPER}, Table 8`, { [MS1MV3_R100]: [95.04], [IBUG_R100]: [95.94] }),
  ijbcSearch: rows(["rank-1"], `${PAPER}, Table 8`, { [MS1MV3_R100]: [96.94], [IBUG_R100]: [97.21] }),
  megaFace: rows(["rank-1", "TAR@FAR=1e-6"], `${PAPER}, Table 6, on MegaFace's million`, {
    [MS1MV3_R100]: [80.71, 97.46],
    [IBUG_R100]: [81.43, 97.63],
    [`${MS1MV3_R100}, lists refined`]: [98.51, 98.74],
    [`${IBUG_R100}, lists refined`]: [98.98, 99.08],
  }),
} as const satisfies Readonly<Record<string, readonly PublishedFigure[]>>;
