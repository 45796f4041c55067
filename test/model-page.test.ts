import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { needsTool } from "./needs.ts";
import { runCli } from "./run-cli.ts";

const test = needsTool("chromium");

const CHROMIUM = "/usr/bin/chromium";
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

let home = "";
let browser: Browser | null = null;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-page-"));
  if (existsSync(CHROMIUM)) browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
});
afterAll(async () => {
  await browser?.close();
  await rm(home, { recursive: true, force: true });
});

/** What a reader of a page at that width sees, and what the page did besides. */
type Seen = {
  /** The visible text, white space as one blank. */
  readonly text: string;
  readonly headings: readonly { readonly level: number; readonly text: string }[];
  /** How far the page reaches beyond its window, in pixels. */
  readonly overflow: number;
  readonly requests: readonly string[];
  readonly messages: readonly string[];
  readonly scripts: number;
};

async function look(path: string, width: number): Promise<Seen> {
  const page = await browser!.newPage({ viewport: { width, height: 900 } });
  const [requests, messages]: [string[], string[]] = [[], []];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(error.message));
  page.on("dialog", (dialog) => {
    messages.push(dialog.message());
    void dialog.dismiss();
  });
  const url = pathToFileURL(path).href;
  await page.goto(url);
  const seen = await page.evaluate(`({
    text: document.body.innerText,
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5")].map((h) => ({ level: +h.tagName[1], text: h.innerText })),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scripts: document.scripts.length,
  })`);
  await page.close();
  const { text, ...rest } = seen as Omit<Seen, "requests" | "messages">;
  return { ...rest, text: text.replace(/\s+/g, " "), requests: requests.filter((to) => to !== url), messages };
}

async function draw(name: string): Promise<string> {
  const out = join(home, `${Math.random().toString(36).slice(2)}.html`);
  const { code, stdout, stderr } = await runCli(["models", "page", name, "--out", out]);
  expect([code, stdout.trim(), stderr]).toEqual([0, out, ""]);
  return out;
}

/** The page of the Luxonis zoo, fact by fact and in its order; our spelling, and "not stated" for what it leaves empty. */
const FACTS = {
  title: ["ArcFace", "A deep face recognition model with ResNet100 backbone and ArcFace loss"],
  sidebar: ["Licence MIT", "Commercial use allowed", "listed, its value not stated", "Downloads 321", "Likes 0"],
  tasks: ["Tasks Image Embedding", "Model types ONNX"],
  variants: ["Name Version Available for Created", "arcface:lfw-112x112 not stated RVC2, RVC4 8 months ago"],
  description: [
    "a deep face recognition model with ResNet100 backbone and Additive Angular Margin Loss (ArcFace)",
    "a novel supervisor signal called additive angular margin",
    "an additive term in the softmax loss to enhance the discriminative power of softmax loss",
    "Developed by Jiankang Deng et al.",
    "Shared by not stated",
    "Model type Computer Vision",
    "Licence not stated here",
    "Resources not stated",
  ],
  training: [
    "trained using the MS1MV3 and IBUG500K datasets with a ResNet100 backbone",
    "to deliver the best performance on the evaluation benchmarks (LFW and YTF)",
    "MS1MV3 93K identities 5.1 million images",
    "MS1M-RetinaFace: a cleaned version of the MSCeleb1M dataset",
    "pre-processed by the Retina-Face detector and are of size 112 × 112 pixels",
    "IBUG500K 493K identities 11.96 million images",
    "proposed in the ArcFace paper",
  ],
  evaluation: [
    "a public benchmark for face verification, focusing on unconstrained face recognition",
    "over 13,000 face images collected from the web, each labeled with the individual's name",
    "1,680 people have two or more distinct photos",
    "a public benchmark of face videos designed for studying the problem of unconstrained face recognition in videos",
    "3,425 videos of 1,595 different people",
    "All the videos were downloaded from YouTube",
    "An average of 2.15 videos are available for each subject",
    "The shortest clip duration is 48 frames, the longest clip is 6,070 frames",
    "the average length of a video clip is 181.3 frames",
  ],
  metrics: [
    "the performance of ArcFace on the LFW and YTF benchmarks",
    "most widely used benchmarks for unconstrained face verification on images and videos",
    "Evaluation dataset Training dataset Recognition accuracy",
    "LFW MS1MV3 99.83 % LFW IBUG500K 99.83 % YTF MS1MV3 98.02 % YTF IBUG500K 98.01 %",
  ],
  specifications: [
    "Input images [1, 3, 112, 112] NCHW, BGR un-normalized image",
    "Output output [1, 512] NF, the output embeddings of the model",
    "built around the Additive Angular Margin Loss, to enhance class separability and discriminative power",
    "It uses Sub-center ArcFace, where each class has multiple sub-centers to manage label noise",
    "by grouping clean and challenging samples separately",
    "robustness in real-world conditions",
    "identity-preserved face images using gradients and Batch Normalization, without needing extra generative components",
    "strong performance in both face recognition and face synthesis tasks",
  ],
  throughput: [
    "Model variant arcface:lfw-112x112",
    "Input shape [1, 3, 112, 112]",
    "Output shape [1, 512]",
    "Platform Precision Throughput (infs/sec) Power consumption (W)",
    "RVC2 FP16 7.61 N/A",
    "RVC4 FP16 110.98 6.91",
    "using 2 threads (and the DSP runtime in balanced mode for RVC4)",
    "Parameters and FLOPs are obtained from",
  ],
  utilisation: [
    "Models converted for RVC platforms can be used for inference on OAK devices",
    "information flow linking the device, the inference model, and the output parser",
    "pip install depthai pip install depthai-nodes",
    'model_description = dai.NNModelDescription( "luxonis/arcface:lfw-112x112" )',
    "nn = pipeline.create(ParsingNeuralNetwork).build( <CameraNode>, model_description )",
    "EmbeddingsParser that outputs dai.NNData containing the output embeddings of the model.",
    "while pipeline.isRuning(): parser_output: dai.NNData = parser_output_queue.get()",
    'embeddings = message.getTensor("output") # embeddings of shape (1, 512)',
  ],
  example: ["python3 main.py \\ -det luxonis/scrfd-face-detection:10g-640x640 \\ -rec luxonis/arcface:lfw-112x112"],
};

/** What the page has not: the tension about its licence, our count, our own use. */
const OURS = [
  "InsightFace publishes itself are for non-commercial research",
  "Parameters 65,156,160 (65.16 M)",
  "(12.09 G)",
  "Counted by us on IResNet-100",
  "None of it was measured here.",
  "arcface embed anna.jpg --model luxonis/arcface:lfw-112x112 --json",
  'loadRecognizer({ model: "luxonis/arcface:lfw-112x112" })',
];

test("every fact of the page is on ours, in its order, on a phone and on a desk", async () => {
  const path = await draw("luxonis/arcface:lfw-112x112");
  for (const width of [390, 1280]) {
    const { text } = await look(path, width);
    const all = Object.values(FACTS).flat();
    expect(all.filter((fact) => !text.includes(fact))).toEqual([]);
    expect(OURS.filter((fact) => !text.includes(fact))).toEqual([]);
    const places = Object.values(FACTS).map(([first]) => text.indexOf(first!));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
});

test("a page fits its window, asks for nothing, says nothing on the console, and has its headings in order", async () => {
  for (const name of [
    "luxonis/arcface:lfw-112x112",
    "faceplugin/mobilefacenet",
    "arcface/faces",
    "insightface/scrfd:10g",
  ]) {
    const path = await draw(name);
    for (const width of [320, 390, 1280]) {
      const { overflow, requests, messages, headings } = await look(path, width);
      expect({ name, width, overflow, requests, messages }).toEqual({
        name,
        width,
        overflow: 0,
        requests: [],
        messages: [],
      });
      expect(headings.filter(({ level }) => level === 1)).toHaveLength(1);
      for (const [i, { level }] of headings.entries())
        expect(level - (headings[i - 1]?.level ?? 0)).toBeLessThanOrEqual(1);
    }
  }
});

const ATTACK = `</style></title></pre><script>alert("run")</script><img src=x onerror='alert("run")'><svg onload='alert("run")'>`;

test("a hostile card is text, and runs nothing", async () => {
  const path = join(home, "hostile.yaml");
  const card = {
    slug: "me/hostile",
    kind: "recognizer",
    title: ATTACK,
    summary: ATTACK,
    description: ATTACK,
    licence: { name: ATTACK, commercial: true, note: ATTACK },
    model: {
      source: { path: `${ATTACK}.onnx` },
      input: { name: ATTACK, width: 112, height: 112, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] },
      outputs: { [ATTACK]: ATTACK },
    },
    embedding: { size: 512 },
    heads: [{ parser: ATTACK, code: ATTACK }],
    throughput: {
      source: ATTACK,
      rows: [{ platform: ATTACK, precision: ATTACK, inferencesPerSecond: 1e-9, powerW: 1 }],
    },
  };
  await writeFile(path, JSON.stringify(card));
  const { text, messages, scripts, requests, overflow } = await look(await draw(path), 390);
  expect({ messages, scripts, requests, overflow }).toEqual({ messages: [], scripts: 0, requests: [], overflow: 0 });
  expect(text).toContain(ATTACK.replace(/\s+/g, " "));
});

test("a page is written whole, to a file", async () => {
  const into = await runCli(["models", "page", "arcface/faces", "--out", home]);
  expect([into.code, into.stderr]).toEqual([2, expect.stringContaining("a folder")]);
  const none = await runCli(["models", "page", "arcface/faces"]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("--out FILE.html")]);
  const own = join(home, "own.yaml");
  await writeFile(own, await readFile(join(import.meta.dirname, "../zoo/mtcnn/pnet.yaml"), "utf8"));
  const over = await runCli(["models", "page", own, "--out", own]);
  expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("another file than the card itself")]);
  expect(await readFile(own, "utf8")).toMatch(/^slug: mtcnn/m);
  const out = join(home, "made", "faces.html");
  const { json } = await runCli(["models", "page", "arcface/faces", "--out", out, "--json"]);
  expect(json).toEqual({ slug: "arcface/faces", path: out });
  expect(await readFile(out, "utf8")).toMatch(/^<!doctype html>.*<\/html>\n$/s);
});
