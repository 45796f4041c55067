import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { createNodeHost } from "../host/host.node.ts";
import { createImage } from "../image/image.ts";
import { sampleEvaluation } from "./testing/sample-evaluation.ts";
import { writeReport } from "./write-report.node.ts";

let home = "";
let picture: Uint8Array;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "arcface-report-"));
  picture = await createNodeHost().codec.encode(createImage(300, 200, new Uint8Array(300 * 200 * 3).fill(120)), "jpeg");
});
afterAll(() => rmSync(home, { recursive: true }));

let made = 0;
async function write(evaluation: Evaluation, second?: Evaluation) {
  const folder = join(home, String(made++));
  const read = async (key: string): Promise<Uint8Array> => {
    if (key.includes("_05/")) throw new Error("gone");
    return picture;
  };
  const path = await writeReport(folder, evaluation, read, second ? { second } : {});
  const text = readFileSync(path, "utf8");
  return { folder, text, page: parseHTML(text).document };
}

test("a report is a page, its figures as drawings, its numbers with people and without", async () => {
  const { folder, page } = await write(sampleEvaluation());
  expect(readdirSync(folder).sort()).toEqual(["evaluation.json", "figures", "index.html", "results.json"]);
  expect(readdirSync(join(folder, "figures")).sort()).toEqual([
    "cmc.svg",
    "column-1.svg",
    "det.svg",
    "roc.svg",
    "scores.svg",
    "tpir.svg",
  ]);
  expect([...page.querySelectorAll("h2")].map((heading) => heading.textContent)).toEqual([
    "Figures",
    "Curves",
    "Folds",
    "By column",
    "Searches",
    "Worst wrong names",
    "Strangers most like somebody",
    "Found least surely",
    "Worst false matches",
    "Worst misses",
    "Not detected",
    "How it was measured",
  ]);
  const results = readFileSync(join(folder, "results.json"), "utf8");
  expect(results).not.toContain("Person");
  expect(JSON.parse(results)).toMatchObject({
    missed: 2,
    pairs: { genuine: 40, impostor: 40 },
    columns: [{ name: "pose" }],
  });
  expect(JSON.parse(readFileSync(join(folder, "evaluation.json"), "utf8"))).toEqual(sampleEvaluation());
});

test("the page says what was measured, by what, and what others published", async () => {
  const { page } = await write(sampleEvaluation());
  const text = page.body.textContent!.replace(/\s+/g, " ");
  for (const fact of [
    "This page shows the faces and names of people.",
    "95.00 %± 2.00",
    "90.00 to 98.00 %",
    "too few to tell",
    "99.83 % MS1MV3, ResNet-100a paper, Table 4",
    "Of 80 pictures, 1 without a face that was found, 1 that are not there.",
    "arcface evaluate lfw --data lfw --out report",
    "fingerprint f00d",
    "MIT, commercial use allowed",
    "licence not stated",
    "12.5 s",
    "arcface-ts 0.1.0",
  ])
    expect([fact, text.includes(fact)]).toEqual([fact, true]);
});

test("the worst pairs are shown with both pictures, their names and the score; a picture that is gone is said to be", async () => {
  const { page } = await write(sampleEvaluation());
  const first = page.querySelector("#false-matches")!.parentElement!.querySelector(".pairs li")!;
  expect(first.textContent).toMatch(
    /Person_\d\d_0001\.jpg.*Person_\d\d_0001\.jpg.*0\.\d{3}, threshold 0\.450: (wrong|right)/s,
  );
  const images = [...page.querySelectorAll(".pairs img")];
  expect(images.length).toBeGreaterThan(20);
  for (const image of images) {
    expect(image.getAttribute("src")).toMatch(/^data:image\/jpeg;base64,/);
    expect([image.getAttribute("width"), image.getAttribute("height")]).toEqual(["160", "107"]);
  }
  expect(page.body.textContent).toContain("no picture");
});

test("names of people and pictures are text, whatever they hold, and nothing is fetched", async () => {
  const { text, page } = await write(
    sampleEvaluation({ prefix: '<img src="https://x.example/a.png" onerror=alert(1)>' }),
  );
  expect(page.querySelectorAll("script, link[rel=stylesheet], iframe, [onerror]")).toHaveLength(0);
  expect([...text.matchAll(/(?:src|href)="(?!data:|#)[^"]*"/g)]).toEqual([]);
  expect(page.querySelector("meta[http-equiv]")!.getAttribute("content")).toContain("default-src 'none'");
});

test("two models stand on the same axes, with their differences and the pairs that one alone has right", async () => {
  const { folder, page } = await write(sampleEvaluation(), sampleEvaluation({ shift: 0.2, model: "team/second" }));
  expect(readdirSync(folder)).toContain("evaluation-second.json");
  const part = page.querySelector("#comparison")!.parentElement!;
  expect(part.textContent).toMatch(/team\/second beside team\/first.*McNemar/s);
  expect(part.textContent).toContain("Only team/second is right");
  expect(page.querySelector("#curves")!.parentElement!.textContent).toContain("– – team/second");
});

test("a protocol that only searches has no word of pairs", async () => {
  const { page } = await write({ ...sampleEvaluation(), verification: null, published: [], missed: [] });
  expect([...page.querySelectorAll("h2")].map((heading) => heading.textContent)).toEqual([
    "Figures",
    "Curves",
    "Searches",
    "Worst wrong names",
    "Strangers most like somebody",
    "Found least surely",
    "Not detected",
    "How it was measured",
  ]);
  expect(page.body.textContent).toContain("A face was found in each of 80 pictures.");
});
