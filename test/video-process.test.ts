import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { openVideo } from "../src/video/open-video.node.ts";
import { needsTool } from "./needs.ts";
import { ffmpeg, temporaryFolder } from "./video-files.ts";

const folder = temporaryFolder();
const linux = process.platform === "linux" && existsSync("/proc/self/task") ? needsTool("ffmpeg") : needsTool("linux");
const MB = 2 ** 20;

/** The processes that a process has started, in Linux's words. */
function childrenOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task/${pid}/children`;
  return existsSync(tasks) ? readFileSync(tasks, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

/** Whether it runs; one that is dead and not yet buried does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function startChild(...args: string[]): Promise<{ child: ChildProcess; ffmpegs: number[] }> {
  const script = join(import.meta.dirname, "video-child.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const gone = once(child, "exit").then(([code]) => Promise.reject(new Error(`the child ended with ${code}`)));
  await Promise.race([once(child.stdout!, "data"), gone]);
  gone.catch(() => {}); // how it is to end
  const ffmpegs = childrenOf(child.pid!).filter((pid) => /ffmpeg/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")));
  expect(ffmpegs).toHaveLength(1);
  expect(ffmpegs.every(runs)).toBe(true);
  return { child, ffmpegs };
}

linux.for([
  ["a reader that stands still", "reader", "test:testsrc2?size=320x240"],
  ["a writer that waits for frames", "writer", join(folder, "half.mp4")],
] as const)("kill -9 of %s leaves no ffmpeg", async ([, role, place]) => {
  const { child, ffmpegs } = await startChild(role, place);
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect.poll(() => ffmpegs.filter(runs), { timeout: 10_000 }).toEqual([]);
  if (role === "writer") expect(existsSync(place)).toBe(false);
});

linux("kill -9 while the camera is silent leaves an ffmpeg no longer than timeoutMs", async () => {
  const path = join(folder, "still.jpg");
  ffmpeg(["-f", "lavfi", "-i", "color=red:s=64x48", "-frames:v", "1", path]);
  const jpeg = readFileSync(path);
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "multipart/x-mixed-replace; boundary=frame");
    const part = Buffer.concat([
      Buffer.from(`--frame\r\ncontent-type: image/jpeg\r\ncontent-length: ${jpeg.length}\r\n\r\n`),
      jpeg,
      Buffer.from("\r\n"),
    ]);
    for (let n = 0; n < 300; n += 1) response.write(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { child, ffmpegs } = await startChild(
    "reader",
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    "3000",
  );
  await sleep(1000); // all that was sent has been read
  expect(ffmpegs.every(runs)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect.poll(() => ffmpegs.filter(runs), { timeout: 15_000 }).toEqual([]);
});

linux("a stream that ends, is left, disposed or aborted has no ffmpeg afterwards, nor a dead one", async () => {
  const before = childrenOf(process.pid);
  const stop = new AbortController();
  const open = () => openVideo("test:testsrc2?size=320x240&rate=10&duration=2", { signal: stop.signal });
  const [whole, left, disposed, aborted] = await Promise.all([open(), open(), open(), open()]);
  for await (const _ of whole);
  for await (const _ of left) break;
  await disposed[Symbol.asyncIterator]().next();
  await disposed[Symbol.asyncDispose]();
  await aborted[Symbol.asyncIterator]().next();
  stop.abort();
  await expect.poll(() => childrenOf(process.pid)).toEqual(before);
});

linux("a Ctrl-C at the terminal reaches us and not ffmpeg, whose file we may want to finish", async () => {
  const { child, ffmpegs } = await startChild("writer", join(folder, "interrupted.mp4"));
  const group = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[2]!;
  expect(group(ffmpegs[0]!)).toBe(`${ffmpegs[0]}`);
  expect(group(child.pid!)).not.toBe(group(ffmpegs[0]!));
});

linux("an ffmpeg that does not hear SIGTERM is killed", async () => {
  const before = childrenOf(process.pid);
  const video = await openVideo("test:testsrc2?size=320x240");
  await video[Symbol.asyncIterator]().next();
  const [pid] = childrenOf(process.pid).filter((child) => !before.includes(child));
  process.kill(pid!, "SIGSTOP");
  await video[Symbol.asyncDispose]();
  expect(runs(pid!)).toBe(false);
});

linux("while nobody reads, neither we nor ffmpeg grow", async () => {
  const before = childrenOf(process.pid);
  await using video = await openVideo("test:testsrc2?size=1280x720"); // 2.6 MB a frame, some hundred a second
  const reader = video[Symbol.asyncIterator]();
  await reader.next();
  const [pid] = childrenOf(process.pid).filter((child) => !before.includes(child));
  const size = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
  await sleep(500);
  const [ours, theirs] = [process.memoryUsage().arrayBuffers / MB, size()];
  await sleep(2000);
  expect(process.memoryUsage().arrayBuffers / MB - ours).toBeLessThan(6);
  expect(size() - theirs).toBeLessThan(6);
  expect((await reader.next()).value!.sequence).toBe(1);
});

linux("a flood that is live is thrown away, not kept", async () => {
  await using video = await openVideo("test:testsrc2?size=1280x720", { live: true });
  const reader = video[Symbol.asyncIterator]();
  let most = 0;
  while (video.dropped < 300) {
    await reader.next(); // of 800 MB
    await sleep(100);
    most = Math.max(most, process.memoryUsage().arrayBuffers / MB);
  }
  expect(most).toBeLessThan(250); // one frame and what is not yet collected
});
