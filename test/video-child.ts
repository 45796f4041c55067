/**
 * A program for tests that kill it: `reader SOURCE TIMEOUT_MS` takes one frame and stands still, `writer PATH` gives
 * one and stands still. Says "ready" when it does.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createImage } from "../src/image/image.ts";
import { openVideo } from "../src/video/open-video.node.ts";
import { createVideoWriter } from "../src/video/write-video.node.ts";

const [role, place, timeoutMs = "10000"] = process.argv.slice(2) as [string, string, string?];
if (role === "reader") {
  const video = await openVideo(place, { timeoutMs: Number(timeoutMs) });
  await video[Symbol.asyncIterator]().next();
} else {
  const writer = await createVideoWriter(place, { width: 64, height: 48, fps: 10 });
  await writer.write(createImage(64, 48));
}
console.log("ready");
await sleep(60_000);
