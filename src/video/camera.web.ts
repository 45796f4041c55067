import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import type { FitOptions } from "./fit-frame.ts";
import type { FrameStream } from "./frame-stream.ts";
import { openLivePictures, type PictureSink } from "./live-pictures.web.ts";
import { createVideoElement, playElement } from "./play-element.web.ts";

export type CameraOptions = FitOptions & {
  /** As listCameras tells it. Default: any that fits. */
  readonly deviceId?: string | undefined;
  /** The one that looks at the person, or the one that looks away. */
  readonly facingMode?: "user" | "environment" | undefined;
  /** A wish: cameras give what they can, and less in the dark. */
  readonly fps?: number | undefined;
  /** How long the first picture may take, after the person has allowed it. Default 10 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * A camera of the person's machine, who is asked first. The newest frame wins. Width and height are asked of the camera,
 * and where it gives others its picture is fitted into them; with none, frames are as the camera gives them.
 *
 * The camera is switched off when the stream ends, is left, disposed or cancelled. Being unplugged is an error of the loop.
 *
 * @throws {ArcfaceError} IO where it was not allowed, or gives no picture; NOT_FOUND; CONFLICT where another program holds
 *   it; MISSING_TOOL where the page may have no cameras at all; INVALID_ARGUMENT, CANCELLED.
 */
export async function openCamera(options: CameraOptions = {}): Promise<FrameStream> {
  const { signal, timeoutMs = 10_000, width, height, resize } = options;
  const media = await askForCamera(options);
  const [track] = media.getVideoTracks();
  const name = track!.label || "camera";
  return openLivePictures({
    name,
    fps: track!.getSettings().frameRate ?? null,
    fit: { width, height, ...(resize && { resize }) },
    signal,
    timeoutMs,
    start: (sink) => watchTrack(track!, name, sink),
  });
}

/** The cameras there are. Browsers tell their names only to pages that were allowed to use one before. */
export async function listCameras(): Promise<{ readonly deviceId: string; readonly label: string }[]> {
  const devices = await mediaDevices().enumerateDevices();
  return devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId, label }) => ({ deviceId, label }));
}

async function askForCamera({ deviceId, facingMode, width, height, fps, signal }: CameraOptions): Promise<MediaStream> {
  throwIfCancelled(signal, "camera");
  const ideal = <T>(value: T | undefined) => (value === undefined ? {} : { ideal: value });
  // A mode of the camera's own: Chrome would cut and scale to what was asked, where ours says how.
  const video: MediaTrackConstraints & { resizeMode: { ideal: string } } = {
    resizeMode: { ideal: "none" },
    width: ideal(width),
    height: ideal(height),
    frameRate: ideal(fps),
    facingMode: ideal(facingMode),
    ...(deviceId !== undefined && { deviceId: { exact: deviceId } }),
  };
  const asked = mediaDevices()
    .getUserMedia({ video, audio: false })
    .catch((error: DOMException) => {
      throw cameraError(error, deviceId);
    });
  // Whoever stops waiting for the person's answer gets no camera that nobody watches.
  const media = await untilCancelled(asked, signal).catch((error: unknown) => {
    void asked.then(switchOff, () => {});
    throw error;
  });
  return media;
}

async function untilCancelled<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let cancel = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => reject(new ArcfaceError("CANCELLED", "camera: cancelled", { cause: signal.reason }));
    signal.addEventListener("abort", cancel, { once: true });
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

function switchOff(media: MediaStream): void {
  for (const track of media.getTracks()) track.stop();
}

function mediaDevices(): MediaDevices {
  const devices = globalThis.navigator?.mediaDevices as MediaDevices | undefined;
  if (devices) return devices;
  throw new ArcfaceError("MISSING_TOOL", "camera: this page may have none", {
    hint: "serve it over https, or from localhost; a worker cannot open one",
  });
}

/** By the names of W3C Media Capture and Streams, 10.3. */
function cameraError(cause: DOMException, deviceId: string | undefined): ArcfaceError {
  const which = deviceId === undefined ? "camera" : `camera ${deviceId}`;
  switch (cause.name) {
    case "NotAllowedError":
    case "SecurityError":
      return new ArcfaceError("IO", `${which}: this page is not allowed to use it`, {
        hint: "allow it beside the browser's address bar, and in the system's settings, then try again",
        cause,
      });
    case "NotFoundError":
    case "OverconstrainedError":
      return new ArcfaceError("NOT_FOUND", `${which}: there is none`, {
        hint: "listCameras() tells those there are",
        cause,
      });
    case "NotReadableError":
    case "AbortError":
      return new ArcfaceError("CONFLICT", `${which}: cannot be started; another program may hold it`, {
        hint: "close the other program, or plug the camera in again",
        cause,
      });
    default:
      return new ArcfaceError("INVALID_ARGUMENT", `${which}: ${cause.message}`, { cause });
  }
}

function watchTrack(track: MediaStreamTrack, name: string, sink: PictureSink): () => void {
  // Not fired by our own stop().
  const onEnded = (): void =>
    sink.end(
      new ArcfaceError("IO", `${name}: the camera is gone`, { hint: "it was unplugged, or its permission taken away" }),
    );
  track.addEventListener("ended", onEnded);
  const Processor = (globalThis as { MediaStreamTrackProcessor?: TrackProcessor }).MediaStreamTrackProcessor;
  const stop = Processor ? processTrack(track, new Processor({ track }), sink) : showTrack(track, name, sink);
  return () => {
    track.removeEventListener("ended", onEnded);
    stop();
    track.stop();
  };
}

/** W3C MediaStreamTrack Insertable Media Processing: Chrome has it on pages, and TypeScript's types do not. */
type TrackProcessor = new (init: { track: MediaStreamTrack }) => { readonly readable: ReadableStream<CameraFrame> };
type CameraFrame = globalThis.VideoFrame;

/** Every frame that the camera gives, also where the page is in the background. */
function processTrack(
  track: MediaStreamTrack,
  { readable }: InstanceType<TrackProcessor>,
  sink: PictureSink,
): () => void {
  const reader = readable.getReader();
  const skippedBy = countSkipped(track);
  const pump = async (): Promise<void> => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const frame = next.value;
      const { displayWidth: width, displayHeight: height, timestamp } = frame;
      const close = () => frame.close();
      sink.put({ drawable: frame, width, height, timeMs: timestamp / 1000, skipped: skippedBy(), close });
    }
  };
  pump().catch((cause: unknown) => sink.end(new ArcfaceError("IO", "camera: its frames cannot be read", { cause })));
  return () => void reader.cancel().catch(() => {});
}

/**
 * Told at each frame that came, how many the browser has thrown away before it, as it keeps one for a page that is busy.
 * A frame that waits already may be taken for one of them, and then is none the next time. 0 where nobody counts
 * (W3C Media Capture Extensions, MediaStreamTrackVideoStats: Chrome and Safari do).
 */
function countSkipped(
  track: MediaStreamTrack & { readonly stats?: { readonly deliveredFrames: number } },
): () => number {
  let known: number | null = null;
  return () => {
    const delivered = track.stats?.deliveredFrames ?? 0;
    const skipped = known === null ? 0 : Math.max(0, delivered - known - 1);
    known = known === null ? delivered : known + skipped + 1;
    return skipped;
  };
}

function showTrack(track: MediaStreamTrack, name: string, sink: PictureSink): () => void {
  const video = createVideoElement(name);
  video.srcObject = new MediaStream([track]);
  const stop = playElement(video, name, sink);
  return () => {
    stop();
    video.srcObject = null;
  };
}
