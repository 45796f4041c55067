import { expect, test } from "vitest";
import { curvesFigure } from "./curves.node.ts";

const run = (name: string) => ({
  name,
  log: [10, 20, 30].map((step) => ({
    step,
    epoch: 0,
    loss: 40 / step,
    accuracy: step / 100,
    lr: 0.1,
    speed: 50,
    gradientNorm: 3,
  })),
  validations: [{ step: 30, target: "lfw", accuracy: 91.5, deviation: 1 }],
});

test("runs are drawn beside each other: loss, accuracy, validation, learning rate, speed", () => {
  const svg = curvesFigure("Two < runs", [run("arcface"), run("softmax")]);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  for (const label of ["loss", "accuracy on the batch", "lfw, %", "learning rate", "images a second"])
    expect(svg).toContain(label);
  expect(svg).toContain("Two &lt; runs");
  for (const name of ["arcface", "softmax"]) expect(svg).toContain(`— ${name}`);
  expect(svg.match(/<path/g)!.length).toBeGreaterThanOrEqual(8);
  for (const bad of ["NaN", "⚠"]) expect(svg).not.toContain(bad);
});

test("a run without a line of a log yet is drawn empty", () => {
  expect(curvesFigure("none", [{ name: "a", log: [], validations: [] }])).not.toContain("NaN");
});
