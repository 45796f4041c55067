import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DATA, needsData } from "./needs.ts";
import { runCli } from "./run-cli.ts";

const CLIP = join(DATA, "video/short_hamilton_clip.mp4");
const withClip = needsData("video/short_hamilton_clip.mp4");

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-reidentify-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

type Result = {
  mode: string;
  detector: string;
  recognizer: string;
  frames: number;
  labels: Record<string, number>;
  kept: string[];
  notes: string[];
  events: { event: string; label: string; seconds: number }[];
};

const reidentify = (args: readonly string[], env: Record<string, string> = {}) =>
  runCli<Result>(["reidentify", ...args], { env: { ARCFACE_OFFLINE: "1", ...env } });

/** Frames and frame rate as ffprobe counts them. */
function probe(file: string): { frames: number; rate: number } {
  const { stdout } = spawnSync(
    "ffprobe",
    ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries"].concat([
      "stream=nb_read_frames,r_frame_rate",
      "-of",
      "json",
      file,
    ]),
    { encoding: "utf8" },
  );
  const [stream] = JSON.parse(stdout).streams;
  const [over, under] = stream.r_frame_rate.split("/").map(Number);
  return { frames: Number(stream.nb_read_frames), rate: over / under };
}

withClip("a clip: events line by line, an annotated video, people kept who are known in the next run", async () => {
  const [gallery, out, events] = ["people.db", "named.mp4", "events.jsonl"].map((name) => join(home, name));
  const first = await reidentify(["-media", CLIP, "-g", gallery!, "--out", out!, "--events", events!, "--json"]);
  expect(first.code, first.stderr).toBe(0);
  const result = first.json;
  expect(result).toMatchObject({ mode: "tracks", detector: "arcface/faces", frames: 275 });
  // The singer is in two scenes of the film, and is one person.
  const singer = Object.entries(result.labels).sort((a, b) => b[1] - a[1])[0]!;
  expect(singer[1]).toBeGreaterThan(120);
  const lines = (await readFile(events!, "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(result.events);
  const visits = result.events.filter(({ event, label }) => event === "arrived" && label === singer[0]);
  expect(visits).toHaveLength(1);
  // ffmpeg may repeat or leave out one at the ends.
  expect(Math.abs(probe(out!).frames - 275)).toBeLessThanOrEqual(2);
  expect(probe(out!).rate).toBeCloseTo(29.97, 1);
  expect((await stat(events!)).mode & 0o077).toBe(0);
  expect(result.kept).toContain(singer[0]);

  await runCli(["people", "rename", singer[0], "Lin", "--gallery", gallery!]);
  const second = await reidentify([`-media=${CLIP}`, "-fps", "8", "-g", gallery!, "--json"]);
  expect(second.code, second.stderr).toBe(0);
  expect(second.json.labels.Lin).toBeGreaterThan(20);
  expect(second.json.events.filter(({ label }) => label === "Lin").map(({ event }) => event)).toEqual([
    "arrived",
    "identified",
    "left",
  ]);
});

withClip("the page's call, word for word: what cannot be had is said, and the defaults stand in", async () => {
  const page = "-det luxonis/scrfd-face-detection:10g-640x640 -rec luxonis/arcface:lfw-112x112".split(" ");
  const { json, code, stderr } = await reidentify([...page, "-media", CLIP, "-fps", "4", "--forget", "--json"]);
  expect(code, stderr).toBe(0);
  expect(json).toMatchObject({ detector: "arcface/faces", recognizer: "faceplugin/mobilefacenet", kept: [] });
  expect(json.notes).toHaveLength(2);
  expect(json.notes[0]).toMatch(/^luxonis\/scrfd-face-detection:10g-640x640 cannot be had .*arcface\/faces stands in$/);
  expect(json.notes[1]).toMatch(/^luxonis\/arcface:lfw-112x112 cannot be had .*faceplugin\/mobilefacenet stands in$/);
  expect(json.frames).toBeGreaterThan(30);
});

withClip("parity does as DepthAI's example: more labels than people, and nothing is kept", async () => {
  const gallery = join(home, "parity.db");
  const args = ["--parity", "-cos", "0.5", "-fps", "6", "-g", gallery, "--json"];
  const { json, code, stderr } = await reidentify(["--media_path", CLIP, ...args]);
  expect(code, stderr).toBe(0);
  expect(json).toMatchObject({ mode: "parity", kept: [], events: [] });
  expect(Object.keys(json.labels).length).toBeGreaterThan(3);
  expect(Object.keys(json.labels).every((label) => /^person_\d+$/.test(label))).toBe(true);
  await expect(stat(gallery)).rejects.toThrow();
});

test("what is wrong with the call or the video is one sentence, and nothing is written", async () => {
  const text = join(home, "text.mp4");
  const out = join(home, "never.mp4");
  await writeFile(text, "this is no video\n".repeat(100));
  const missing = join(home, "none.mp4");
  const cases: [args: string[], code: number, message: RegExp][] = [
    [["-media", missing], 1, /none\.mp4: .*no such file.*\[NOT_FOUND\]/],
    [["-media", text, "--out", out], 1, /text\.mp4: .*\[UNSUPPORTED_FORMAT\]/],
    [["-cos", "2"], 2, /expected a number from 0 to 1/],
    [["-fps", "0"], 2, /expected a number, 0\.1 or more/],
    [["-media"], 2, /--media-path.*expected a value, got an option/],
    [[text], 2, /too many arguments for 'reidentify'/],
    [["-media", text, "--events", join(home, "no/such/folder.jsonl")], 1, /writing events.*\[NOT_FOUND\]/],
    [["-d", "any"], 1, /depthai cannot be imported.*\[MISSING_TOOL\]\n.*pip install/],
    [["--camera", "/dev/video77"], 1, /\/dev\/video77.*\[NOT_FOUND\]/],
  ];
  for (const [args, code, message] of cases) {
    const run = await reidentify([...args, "--forget"]);
    expect([args, run.stderr]).toEqual([args, expect.stringMatching(message)]);
    expect([args, run.code]).toEqual([args, code]);
  }
  await expect(stat(out)).rejects.toThrow();
});

withClip("Ctrl-C ends it tidily: the video so far is whole, and the summary is told", async () => {
  const out = join(home, "cut.mp4");
  const args = ["reidentify", "-media", CLIP, "--out", out, "--forget"];
  let told = "";
  const { code, stdout } = await runCli(args, {
    env: { ARCFACE_OFFLINE: "1" },
    started(child) {
      child.stderr!.on("data", (chunk) => {
        if (told.includes("arrived")) return;
        told += chunk;
        if (told.includes("arrived")) child.kill("SIGINT");
      });
    },
  });
  expect(code).toBe(0);
  const frames = Number(/: (\d+) frames in/.exec(stdout)?.[1]);
  expect(frames).toBeGreaterThan(0);
  expect(frames).toBeLessThan(275);
  expect(probe(out).frames).toBeGreaterThan(0);
});
