/** A camera's faces with boxes and labels, in the browser alone. README.md says how to build and serve it. */
import {
  type ArcfaceError,
  Camera,
  createDevice,
  FaceDetection,
  Identification,
  type ImgDetections,
  type ImgFrame,
  ObjectTracker,
  Pipeline,
} from "arcface-ts/pipeline";

const [button, canvas, status] = [find("button"), find("canvas"), find("p")];
const context = canvas.getContext("2d")!;
let running: Pipeline | null = null;

button.addEventListener("click", async () => {
  if (running) return running.stop();
  button.textContent = "Stop";
  try {
    await watch();
    status.textContent = "The camera is off.";
  } catch (error) {
    const { message, hint } = error as ArcfaceError;
    status.textContent = hint ? `${message}: ${hint}.` : `${message}.`;
  } finally {
    running = null;
    button.textContent = "Start";
  }
});

/** From the camera being switched on to being switched off again. @throws {ArcfaceError} what ended it, if anything did. */
async function watch(): Promise<void> {
  const device = createDevice({
    worker: () => new Worker("worker.js", { type: "module" }),
    onProgress({ name, receivedBytes, totalBytes }) {
      status.textContent = `Loading ${name}: ${Math.round((100 * receivedBytes) / totalBytes)} %`;
    },
  });
  await using pipeline = new Pipeline(device);
  running = pipeline;
  const camera = pipeline.create(Camera).build();
  const faces = pipeline.create(FaceDetection).build(camera, { moving: true, inFlight: 1 });
  faces.input.setBlocking(false).setMaxSize(1); // the newest frame wins: what is shown is now
  const tracker = pipeline.create(ObjectTracker).build(faces.passthrough, faces.out);
  const people = pipeline.create(Identification).build(tracker.out);
  const frames = tracker.passthroughTrackerFrame.createOutputQueue();
  const labelled = people.out.createOutputQueue();
  status.textContent = "Loading …";
  await pipeline.start();
  // Each frame gives one message of both, in the same order.
  for await (const frame of frames) {
    const objects = await labelled.get().catch(() => null);
    if (!objects) break;
    draw(frame, objects);
    const names = objects.detections.map(({ labelName }) => labelName || "somebody");
    status.textContent = names.length > 0 ? `In view: ${names.join(", ")}` : "Nobody is in view.";
  }
  await pipeline.wait();
}

function draw(frame: ImgFrame, { detections }: ImgDetections): void {
  const { width, height, data } = frame.getImage();
  Object.assign(canvas, { width, height });
  context.putImageData(toImageData(width, height, data), 0, 0);
  const size = Math.max(14, width / 28);
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.lineWidth = size / 7;
  for (const { xmin, ymin, xmax, ymax, labelName } of detections) {
    const [x, y] = [xmin * width, ymin * height];
    context.strokeStyle = labelName ? "#4cc38a" : "#f0b95b";
    context.strokeRect(x, y, (xmax - xmin) * width, (ymax - ymin) * height);
    if (!labelName) continue;
    const top = Math.max(0, y - 1.4 * size);
    context.fillStyle = "#4cc38a";
    context.fillRect(x, top, context.measureText(labelName).width + 0.8 * size, 1.4 * size);
    context.fillStyle = "#06130c";
    context.fillText(labelName, x + 0.4 * size, top + size);
  }
}

/** Three bytes a pixel become four. */
function toImageData(width: number, height: number, rgb: Uint8Array): ImageData {
  const image = new ImageData(width, height);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    image.data[to] = rgb[from]!;
    image.data[to + 1] = rgb[from + 1]!;
    image.data[to + 2] = rgb[from + 2]!;
    image.data[to + 3] = 255;
  }
  return image;
}

function find<Tag extends keyof HTMLElementTagNameMap>(tag: Tag): HTMLElementTagNameMap[Tag] {
  return document.querySelector(tag)!;
}
