import type { Evaluation } from "../evaluate/evaluation.ts";
import type { ColumnReport } from "./columns.ts";
import { cmcFigure } from "./figures/cmc-figure.node.ts";
import { detOf } from "./figures/det-figure.node.ts";
import { intervalFigure } from "./figures/interval-figure.node.ts";
import { oneIn } from "./figures/plot.node.ts";
import { legendOf, rateCurve } from "./figures/rate-curve.node.ts";
import { rocOf } from "./figures/roc-figure.node.ts";
import { scoreFigure } from "./figures/score-figure.node.ts";
import { staircase } from "./figures/staircase.ts";
import { count, percent } from "./format.ts";
import type { Chart } from "./parts/charts-part.ts";
import { openSetCurveOf } from "./searches.ts";

/** An evaluation, and what it is called where there are two. */
export type Named = { readonly name: string; readonly evaluation: Evaluation };

/** The figures of one model, or of two on the same axes. The first one's scores are drawn; a second's in a figure beside. */
export function chartsOf(models: readonly Named[]): Chart[] {
  return [...verificationCharts(models), ...searchCharts(models)];
}

function verificationCharts(models: readonly Named[]): Chart[] {
  const drawn = models.flatMap(({ name, evaluation: { verification, figures } }) => {
    if (verification === null) return [];
    const { roc, genuine, impostor } = verification;
    return [{ name, figures, verification, curve: { far: roc.far, tar: roc.tar, genuine, impostor } }];
  });
  const [first] = drawn;
  if (!first) return [];
  const marks = first.figures.flatMap(({ name, value }) => {
    const far = Number(/^TAR@FAR=(1e-[23])$/.exec(name)?.[1]);
    return Number.isNaN(far) || value === null ? [] : [{ far, tar: value, text: percent(value) }];
  });
  const { genuine, impostor } = first.verification;
  const pairs = `${count(genuine, "genuine pair")} and ${count(impostor, "impostor pair")}`;
  return [
    {
      name: "roc",
      title: "ROC",
      caption: `Genuine pairs accepted against impostor pairs accepted, over ${pairs}; the axis of TAR does not begin at 0.`,
      svg: rocOf(
        drawn.map(({ name, curve }, i) => ({ name, curve, marks: i === 0 && drawn.length === 1 ? marks : [] })),
      ),
    },
    {
      name: "det",
      title: "DET",
      caption: "Both errors on logarithmic axes, down to one pair: lower is better. They are equal on the thin line.",
      svg: detOf(drawn),
    },
    ...drawn.map(({ name, verification, figures }, i) => ({
      name: i === 0 ? "scores" : "scores-second",
      title: drawn.length > 1 ? `Scores of ${name}` : "Scores",
      caption: "What is left of the threshold is taken for two people. Pairs with a missed face are left out.",
      svg: scoreFigure(
        verification.histogram,
        figures.find(({ threshold }) => threshold !== undefined)?.threshold ?? null,
      ),
    })),
  ];
}

function searchCharts(models: readonly Named[]): Chart[] {
  const drawn = models.flatMap(({ name, evaluation: { identification } }) =>
    identification === null ? [] : [{ name, identification }],
  );
  if (drawn.length === 0) return [];
  const cmc = {
    name: "cmc",
    title: "CMC",
    caption: "How often the right person is among the first so many.",
    svg: cmcFigure(
      drawn.map(({ name, identification }) => ({
        name,
        points: identification.cmc.map((rate, i) => ({ rank: i + 1, rate })),
      })),
    ),
  };
  const open = drawn.flatMap(({ name, identification }) => {
    const curve = openSetCurveOf(identification);
    return curve === null ? [] : [{ name, curve }];
  });
  if (open.length === 0) return [cmc];
  const lowest = oneIn(open[0]!.curve.unmated);
  const svg = rateCurve({
    label: "TPIR against FPIR",
    x: "Strangers given a name (FPIR)",
    y: "Known people given theirs (TPIR)",
    lowest,
    legend: legendOf(open),
    series: open.map(({ curve }) => ({ points: staircase(curve.fpir, curve.tpir, lowest), marks: [] })),
  });
  return [
    cmc,
    {
      name: "tpir",
      title: "TPIR",
      caption: "Known people who get their own name, against strangers who get any.",
      svg,
    },
  ];
}

/** Rows that still fit a figure; the table has all. */
const MOST_ROWS = 24;

export function columnCharts(columns: readonly ColumnReport[]): Chart[] {
  return columns.flatMap(({ name, table: { rows } }, i) => {
    const told = rows.flatMap(({ value, tar }) =>
      tar === null
        ? []
        : [{ name: value, value: tar.value, interval: Number.isNaN(tar.low) ? null : ([tar.low, tar.high] as const) }],
    );
    if (told.length < 2 || told.length > MOST_ROWS) return [];
    const svg = intervalFigure("Genuine pairs accepted", told);
    return [
      {
        name: `column-${i + 1}`,
        title: name,
        caption: "Genuine pairs accepted at the one threshold, with 95 % intervals.",
        svg,
      },
    ];
  });
}
