import { expect, test } from "vitest";
import { parseCard } from "../zoo/cards/card.ts";
import { modelText } from "./text.ts";

const card = {
  slug: "me/mine",
  kind: "stage",
  title: "Mine",
  licence: { name: "MIT", commercial: false, note: `Only for research. ${"A long note goes on. ".repeat(10)}` },
  model: {
    source: { url: "https://example.org/mine.onnx" },
    input: { name: "x", width: 24, height: 24, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] },
    outputs: { score: "y", box: "z" },
  },
};

test("licence and commercial use come first, below the name", () => {
  const lines = modelText(parseCard(card, "test")).split("\n");
  expect(lines.slice(0, 4)).toEqual(["Mine (me/mine)", "", "Licence         MIT", "Commercial use  not allowed"]);
});

test("columns of a table stand under their titles", () => {
  const text = modelText(parseCard(card, "test"));
  const [head, , first] = text.slice(text.indexOf("    Port")).split("\n");
  expect(first!.indexOf("score")).toBe(head!.indexOf("Information"));
});

test("heads, examples and the code of its use are told, too", () => {
  const text = modelText(
    parseCard(
      {
        ...card,
        heads: [{ parser: "SCRFDParser", code: "while True:\n    parse()", codeNote: "As published." }],
        examples: [{ title: "An example", command: "python3 main.py" }],
      },
      "test",
    ),
  );
  for (const told of ["SCRFDParser", "* As published.", "An example", "python3 main.py"]) expect(text).toContain(told);
  expect(text).toMatch(/^ +while True:\n +parse\(\)$/m);
});

test("prose is broken at a hundred columns", () => {
  for (const line of modelText(parseCard(card, "test")).split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});

test("what would command the terminal is left out", () => {
  const text = modelText(parseCard({ ...card, title: "\u001b[2JMine", architecture: "a\u0007b" }, "test"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
});
