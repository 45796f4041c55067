import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { type Card, parseCard } from "../zoo/cards/card.ts";
import { modelPage } from "./page.ts";

const plain = {
  slug: "me/mine",
  kind: "recognizer",
  title: "Mine",
  licence: { name: "MIT", commercial: true },
  model: {
    source: { path: "mine.onnx" },
    input: { name: "x", width: 112, height: 112, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] },
    outputs: { embedding: "y" },
  },
  embedding: { size: 512 },
};

type Page = ReturnType<typeof parseHTML>["document"];

const draw = (fields: object): Page => parseHTML(modelPage(parseCard({ ...plain, ...fields }, "test"))).document;
const textOf = (document: Page): string => document.body.textContent!.replace(/\s+/g, " ");

const ATTACK = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&`;

test("no text of a card becomes markup", () => {
  const document = draw({
    title: ATTACK,
    summary: ATTACK,
    description: ATTACK,
    licence: { name: ATTACK, commercial: false, note: ATTACK },
    tasks: [ATTACK],
    developedBy: ATTACK,
    architecture: ATTACK,
    training: { description: ATTACK, datasets: [{ name: ATTACK, description: ATTACK }] },
    results: [{ dataset: ATTACK, metric: ATTACK, value: 1, source: ATTACK }],
    thresholds: [{ falseAcceptRate: 0.1, threshold: 0.1, measuredOn: ATTACK }],
    variants: [{ name: ATTACK, platforms: [ATTACK], created: ATTACK }],
    heads: [{ parser: ATTACK, description: ATTACK, code: ATTACK, codeNote: ATTACK }],
    examples: [{ title: ATTACK, command: ATTACK }],
    throughput: {
      source: ATTACK,
      notes: [ATTACK],
      rows: [{ platform: ATTACK, precision: ATTACK, inferencesPerSecond: 1, powerW: null }],
    },
  });
  expect(document.querySelectorAll("script, img, [onerror]")).toHaveLength(0);
  expect(document.querySelector("h1")!.textContent).toBe(ATTACK);
});

test("only addresses of the web become links", () => {
  const card = parseCard(plain, "test");
  const resources = [
    { title: "bad", url: "javascript:alert(1)" },
    { title: "good", url: "https://example.org/" },
  ];
  const { document } = parseHTML(modelPage({ ...card, resources } as Card));
  const links = [...document.querySelectorAll("a")].map((a) => a.getAttribute("href"));
  expect(links).toEqual(["https://example.org/"]);
  expect(textOf(document)).toContain("bad");
});

test("the page asks for nothing: no address outside of links", () => {
  const page = modelPage(parseCard({ ...plain, homepage: "https://example.org/" }, "test"));
  expect(page.match(/\b(src|action|data)=|url\(|@import/g)).toBeNull();
  expect(page).toContain('content="default-src &#39;none&#39;;');
});

test("what the publisher leaves empty is not stated; what nobody looked for is left out", () => {
  expect(textOf(draw({ sharedBy: null }))).toMatch(/Shared by\s*not stated/);
  expect(textOf(draw({}))).not.toContain("Shared by");
  expect(textOf(draw({ published: { downloads: null } }))).toMatch(/Downloads\s*not stated/);
  expect(textOf(draw({}))).toMatch(/Training data\s*not stated/);
});

test("published figures stand beside ours", () => {
  const document = draw({
    results: [
      { dataset: "LFW", metric: "accuracy", value: 0.9983, source: "a paper" },
      { dataset: "LFW", metric: "accuracy", value: 0.9945, std: 0.0033, command: "arcface evaluate lfw" },
      { dataset: "YTF", metric: "accuracy", value: 0.9802, source: "a paper" },
    ],
  });
  const [table] = [...document.querySelectorAll("table")].filter(({ textContent }) => textContent!.includes("LFW"));
  expect([...table!.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
    ["Evaluation dataset", "Recognition accuracy, published", "Recognition accuracy, measured here"],
    ["LFW", "99.83 %", "99.45 ± 0.33 %"],
    ["YTF", "98.02 %", "not measured"],
  ]);
  expect(textOf(document)).toContain("LFW, accuracy: arcface evaluate lfw.");
});

test("figures of different protocols stand in different rows", () => {
  const measured = { dataset: "LFW", metric: "accuracy", command: "arcface evaluate lfw" };
  const document = draw({
    results: [
      { ...measured, protocol: "end to end", value: 0.99 },
      { ...measured, protocol: "aligned crops", value: 0.98 },
      { dataset: "LFW", metric: "accuracy", value: 0.97, source: "a paper" },
    ],
  });
  const [table] = [...document.querySelectorAll("table")].filter(({ textContent }) => textContent!.includes("LFW"));
  expect([...table!.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
    ["Evaluation dataset", "Protocol", "Recognition accuracy, published", "Recognition accuracy, measured here"],
    ["LFW", "end to end", "none published", "99.00 %"],
    ["LFW", "aligned crops", "none published", "98.00 %"],
    ["LFW", "not stated", "97.00 %", "not measured"],
  ]);
  expect(textOf(document)).toContain("LFW, end to end, accuracy: arcface evaluate lfw.");
});

test("a power that is N/A on the publisher's page is so on ours; one that was left open is not stated", () => {
  const row = { platform: "RVC2", precision: "FP16", inferencesPerSecond: 7.61 };
  const powers = (powerW: unknown) => textOf(draw({ throughput: { source: "a page", rows: [{ ...row, powerW }] } }));
  expect(powers("N/A")).toMatch(/7\.61\s*N\/A/);
  expect(powers(null)).toMatch(/7\.61\s*not stated/);
});

test("headings go down one step at a time", () => {
  const levels = [...draw({}).querySelectorAll("h1, h2, h3, h4")].map(({ tagName }) => Number(tagName[1]));
  expect(levels[0]).toBe(1);
  for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
});

test("ids are each there once", () => {
  const ids = [...draw({}).querySelectorAll("[id]")].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("its use names a file of one's own by its card, and a model of the zoo by its name", () => {
  expect(textOf(draw({}))).toContain("arcface embed anna.jpg --card CARD.yaml --json");
  const net = { ...plain.model, source: { net: "iresnet18" } };
  expect(textOf(draw({ model: net }))).toContain('loadRecognizer({ model: "me/mine" })');
});

test("an archive is named by itself, as one word of the shell", () => {
  const drawn = parseHTML(modelPage(parseCard(plain, "test"), { archive: "it's $(mine).tar.xz" })).document;
  expect(textOf(drawn)).toContain(`arcface embed anna.jpg --model 'it'\\''s $(mine).tar.xz' --json`);
});

test("a card without a measured threshold promises no decision", () => {
  const thresholds = [{ falseAcceptRate: 1e-4, threshold: 0.4, measuredOn: "LFW" }];
  expect(textOf(draw({}))).not.toContain("arcface verify");
  expect(textOf(draw({ thresholds }))).toContain("arcface verify");
});
