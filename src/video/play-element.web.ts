import { ArcfaceError } from "../errors.ts";
import type { PictureSink } from "./live-pictures.web.ts";

/** A video element off the page, silent and ready to play. Its source is still to be set. */
export function createVideoElement(name: string): HTMLVideoElement {
  if (typeof document === "undefined")
    throw new ArcfaceError("MISSING_TOOL", `${name}: a worker has no video element`, {
      hint: "open it on the page and hand the frames over",
    });
  const video = document.createElement("video");
  video.muted = true; // or it may not start by itself
  video.playsInline = true;
  return video;
}

/** Pictures of an element as it shows them, until it ends. @returns what stops that. */
export function playElement(video: HTMLVideoElement, name: string, sink: PictureSink): () => void {
  let handle = 0;
  let presented = 0;
  const onFrame = (_now: number, { mediaTime, presentedFrames }: VideoFrameCallbackMetadata): void => {
    const skipped = presented === 0 ? 0 : Math.max(0, presentedFrames - presented - 1);
    presented = presentedFrames;
    const { videoWidth: width, videoHeight: height } = video;
    // What is drawn is what the element shows by then: of a slow reader's pictures the newest, as it should be.
    sink.put({ drawable: video, width, height, timeMs: 1000 * mediaTime, skipped, close: () => {} });
    handle = video.requestVideoFrameCallback(onFrame);
  };
  const onEnded = (): void => sink.end();
  const onError = (): void => sink.end(videoError(video, name));
  handle = video.requestVideoFrameCallback(onFrame);
  video.addEventListener("ended", onEnded);
  video.addEventListener("error", onError);
  video.play().catch((cause: DOMException) => {
    // Stopped before it began: nobody waits for it.
    if (cause.name === "AbortError") return;
    if (cause.name === "NotSupportedError") return sink.end(videoError(video, name));
    sink.end(new ArcfaceError("IO", `${name}: the browser does not let it play: ${cause.message}`, { cause }));
  });
  return () => {
    video.cancelVideoFrameCallback(handle);
    video.removeEventListener("ended", onEnded);
    video.removeEventListener("error", onError);
    video.pause();
  };
}

/** MediaError's codes. */
const MEDIA_ERR_NETWORK = 2;
const MEDIA_ERR_DECODE = 3;

export function videoError({ error }: HTMLVideoElement, name: string): ArcfaceError {
  const why = error?.message ? `: ${error.message}` : "";
  if (error?.code === MEDIA_ERR_NETWORK) return new ArcfaceError("NETWORK", `${name}: cannot be fetched${why}`);
  if (error?.code === MEDIA_ERR_DECODE)
    return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: a video that is damaged${why}`);
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a video that this browser plays${why}`, {
    hint: "it is not there, or of another kind: MP4 with H.264 and WebM play everywhere",
  });
}
