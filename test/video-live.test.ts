import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import type { VideoEvent } from "../src/video/ffmpeg-video.node.ts";
import { type OpenVideoOptions, openVideo } from "../src/video/open-video.node.ts";
import { needsCommand, needsTool } from "./needs.ts";
import { ffmpeg, pixel, type Rgb, readAll, temporaryFolder } from "./video-files.ts";

const folder = temporaryFolder();
const PYTHON = "/usr/bin/python3"; // Debian's modules are Debian's Python's
const rtspTest = needsCommand(
  `command -v ffmpeg && ${PYTHON} -c 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer'`,
  "gir1.2-gst-rtsp-server-1.0 and python3-gi",
);
const test = needsTool("ffmpeg");

type Server = { readonly port: string; stop(): Promise<void> };

async function startRtsp(port = "0", ...credentials: string[]): Promise<Server> {
  const script = join(import.meta.dirname, "rtsp-server.py");
  const child: ChildProcess = spawn(PYTHON, [script, port, ...credentials], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.stdin!.destroy();
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(stop);
  const [line] = (await Promise.race([once(child.stdout!, "data"), gone])) as [Buffer | number];
  if (!Buffer.isBuffer(line)) throw new Error(`the RTSP server ended with ${line}`);
  return { port: line.toString().trim(), stop };
}

const failure = (source: string, options: OpenVideoOptions = {}): Promise<unknown> =>
  openVideo(source, options)
    .then(readAll)
    .then(
      () => "no error",
      (error: unknown) => error,
    );

rtspTest("RTSP gives live frames in RGB with our clock", async () => {
  const { port } = await startRtsp();
  const video = await openVideo(`rtsp://127.0.0.1:${port}/live`);
  expect(video).toMatchObject({ width: 160, height: 120, fps: 25, live: true });
  const frames = await readAll(video, 10);
  // SMPTE bars: the third of seven is cyan, the fifth magenta, at 75 %.
  const [cyan, magenta] = [57, 103].map((x) => pixel(frames[0]!.image, x, 20)) as [Rgb, Rgb];
  expect([cyan[0]! < 40, cyan[1]! > 150, cyan[2]! > 150]).toEqual([true, true, true]);
  expect([magenta[0]! > 150, magenta[1]! < 40, magenta[2]! > 150]).toEqual([true, true, true]);
  const times = frames.map(({ timestampMs }) => timestampMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(300);
});

rtspTest("a slow reader of a live source sees the present, and the frames it missed are counted", async () => {
  const { port } = await startRtsp();
  await using video = await openVideo(`rtsp://127.0.0.1:${port}/live`);
  const reader = video[Symbol.asyncIterator]();
  const opened = performance.now();
  const sequences: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    const { value } = await reader.next();
    sequences.push(value!.sequence);
    if (n > 0) expect(performance.now() - opened - value!.timestampMs).toBeLessThan(1400); // a queue would be 1500 late, then 3000
    await sleep(1500);
  }
  expect(sequences[3]! - sequences[0]!).toBeGreaterThan(60); // of some 112
  const missed = sequences[3]! - sequences[0]! - 3;
  expect(video.dropped).toBeGreaterThanOrEqual(missed);
});

rtspTest("cut off, the stream comes back when the server does, and says what happened", async () => {
  const first = await startRtsp();
  const events: VideoEvent[] = [];
  await using video = await openVideo(`rtsp://127.0.0.1:${first.port}/live`, {
    ...{
      onEvent: (event) => events.push(event),
      reconnect: { delayMs: 100, maxDelayMs: 400, attempts: 60 },
      timeoutMs: 3000,
    },
  });
  const reader = video[Symbol.asyncIterator]();
  const before = (await reader.next()).value!;
  await first.stop();
  const after = (async () => {
    for (;;) {
      const { value } = await reader.next();
      if (events.filter(({ type }) => type === "connected").length === 2) return value!;
    }
  })();
  await expect
    .poll(() => events.filter(({ type }) => type === "reconnecting").length, { timeout: 15_000 })
    .toBeGreaterThan(2);
  await startRtsp(first.port);
  const back = await after;
  expect(back.timestampMs).toBeGreaterThan(before.timestampMs);
  expect(back.sequence).toBeGreaterThan(before.sequence);
  const types = events.map(({ type }) => type);
  expect(types.slice(0, 4)).toEqual(["connected", "lost", "reconnecting", "reconnecting"]);
  expect(types.at(-1)).toBe("connected");
  expect(events[1]).toMatchObject({ type: "lost", error: { code: "NETWORK" } });
  const delays = events.flatMap((event) => (event.type === "reconnecting" ? [event.delayMs] : []));
  expect(delays.slice(0, 3)).toEqual([100, 200, 400]);
  expect(Math.max(...delays)).toBe(400);
});

rtspTest(
  "a server that does not come back is NETWORK after the attempts; without reconnect the loss is the end",
  async () => {
    const server = await startRtsp("0", "me", "s3cret@");
    const address = `rtsp://me:s3cret%40@127.0.0.1:${server.port}/live`;
    const events: VideoEvent[] = [];
    const patient = await openVideo(address, {
      ...{ reconnect: { attempts: 2, delayMs: 50 }, timeoutMs: 3000, onEvent: (event) => events.push(event) },
    });
    const impatient = await openVideo(address, { reconnect: false, timeoutMs: 3000 });
    const readers = [patient, impatient].map((video) => video[Symbol.asyncIterator]());
    for (const reader of readers) expect((await reader.next()).done).toBe(false);
    await server.stop();
    const [patientEnd, impatientEnd] = await Promise.all(
      [patient, impatient]
        .map(async (_, n) => {
          for (;;) {
            const { done } = await readers[n]!.next();
            if (done) return "end";
          }
        })
        .map((reading) => reading.catch((error: unknown) => error)),
    );
    expect(patientEnd).toMatchObject({
      ...{
        code: "NETWORK",
        message: `rtsp://***@127.0.0.1:${server.port}/live: lost, and not there again after 2 attempts`,
      },
    });
    expect(impatientEnd === "end" || (impatientEnd as { code: string }).code === "NETWORK").toBe(true);
    const told = JSON.stringify([
      events,
      patient.name,
      String(patientEnd),
      patientEnd,
      causes(patientEnd),
      causes(impatientEnd),
    ]);
    expect(told).toContain("rtsp://***@");
    expect(told).not.toMatch(/s3cret|me:/);
  },
);

rtspTest("RTSP refusals: a wrong password, none, a path that is not there", async () => {
  const { port } = await startRtsp("0", "me", "s3cret");
  const host = `127.0.0.1:${port}`;
  const refused = "the server refuses the user name or password (401)";
  const wrong = await failure(`rtsp://me:guess@${host}/live`);
  expect(wrong).toMatchObject({ code: "NETWORK", message: `rtsp://***@${host}/live: ${refused}` });
  expect(causes(wrong)).not.toContain("guess");
  expect(await failure(`rtsp://${host}/live`)).toMatchObject({
    code: "NETWORK",
    message: `rtsp://${host}/live: ${refused}`,
  });
  expect(await failure(`rtsp://me:s3cret@${host}/none`)).toMatchObject({
    ...{ code: "NOT_FOUND", message: `rtsp://***@${host}/none: the server has no such stream (404)` },
  });
});

/** Everything an error says, down to its last cause. */
function causes(error: unknown): string {
  return error instanceof Error ? `${error.message} ${error.stack} ${causes(error.cause)}` : "";
}

async function startHttp(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a video by HTTP is no live source: it waits, and has an end", async () => {
  const path = join(folder, "whole.mkv");
  ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=2", path]);
  const url = await startHttp((_request, response) => void response.end(readFileSync(path)));
  const video = await openVideo(`${url}/whole.mkv`);
  expect(video.live).toBe(false);
  expect(await readAll(video)).toHaveLength(20);
});

test("a video by HTTP whose server breaks off gives what came, then NETWORK", async () => {
  const path = join(folder, "broken.mp4");
  ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=4", "-movflags", "+faststart", path]);
  const bytes = readFileSync(path);
  const url = await startHttp((_request, response) => {
    response.setHeader("content-length", bytes.length);
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  });
  expect(await failure(`${url}/broken.mp4`)).toMatchObject({
    ...{ code: "NETWORK", message: expect.stringMatching(/the video is cut off or damaged after \d+ frames$/) },
  });
});

test("an MJPEG camera by HTTP is live, and is opened again when it closes", async () => {
  const path = join(folder, "still.jpg");
  ffmpeg(["-f", "lavfi", "-i", "color=red:s=64x48", "-frames:v", "1", path]);
  const jpeg = readFileSync(path);
  let connections = 0;
  const url = await startHttp((_request, response) => {
    connections += 1;
    response.setHeader("content-type", "multipart/x-mixed-replace; boundary=frame");
    let sent = 0;
    const timer = setInterval(() => {
      response.write(`--frame\r\ncontent-type: image/jpeg\r\ncontent-length: ${jpeg.length}\r\n\r\n`);
      response.write(jpeg);
      response.write("\r\n");
      if (++sent === 60) response.end("--frame--\r\n");
    }, 20);
    response.on("close", () => clearInterval(timer));
  });
  const video = await openVideo(`${url}/camera`, { reconnect: { delayMs: 20 } });
  expect(video).toMatchObject({ live: true, width: 64, height: 48 });
  const afterProbe = connections;
  const frames: number[] = [];
  for await (const { timestampMs } of video) {
    frames.push(timestampMs);
    if (connections === afterProbe + 2) break;
  }
  expect(frames.length).toBeGreaterThan(20);
  expect(frames).toEqual(frames.toSorted((a, b) => a - b));
});

test("a server that falls silent is lost after timeoutMs", async () => {
  const silent = await startHttp(() => {});
  expect(await failure(`${silent}/camera`, { timeoutMs: 500 })).toMatchObject({ code: "NETWORK" });
});

test("HTTP refusals are told by their number, and nothing listening is NETWORK", async () => {
  const url = await startHttp((request, response) => {
    response.statusCode = Number(request.url!.slice(1, 4));
    response.end();
  });
  const cases: readonly [number, string, string][] = [
    [401, "NETWORK", "the server refuses the user name or password (401)"],
    [403, "NETWORK", "the server forbids it (403)"],
    [404, "NOT_FOUND", "the server has no such stream (404)"],
    [503, "NETWORK", "the server answered 503"],
  ];
  for (const [status, code, sentence] of cases) {
    const address = `${url}/${status}`;
    expect(await failure(address)).toMatchObject({ code, message: `${address}: ${sentence}` });
  }
  const closed = "http://u:secret@127.0.0.1:1/x?token=secret";
  const error = await failure(closed);
  expect(error).toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("nothing listens there (connection refused)"),
  });
  expect(causes(error)).not.toContain("secret");
  expect(await failure("http://nowhere.invalid/x")).toMatchObject({
    ...{ code: "NETWORK", message: "http://nowhere.invalid/x: the host name nowhere.invalid is not known" },
  });
});
