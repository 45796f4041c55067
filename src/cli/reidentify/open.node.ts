import { RemoteConnection } from "../../live/remote-connection.node.ts";
import { createOakDevice } from "../../oak/create-oak-device.node.ts";
import { createDevice, type DeviceOptions } from "../../pipeline/device.node.ts";
import type { Device } from "../../pipeline/device.ts";
import type { NodeOptions } from "../../recognize/compose.node.ts";
import type { VideoSource } from "../../reidentify/frames-of.ts";
import { openVideo } from "../../video/open-video.node.ts";
import type { CliContext } from "../command.ts";
import { openStoreOf } from "../open.node.ts";
import { type EventSink, openEventSink } from "./event-sink.node.ts";
import { type EventRecord, eventText } from "./event-text.ts";
import { type RunResult, runReidentify } from "./run.node.ts";

export type ReidentifyValues = {
  readonly detModel?: string;
  readonly recModel?: string;
  readonly cosSimilarityThreshold?: number;
  readonly mediaPath?: string;
  readonly fpsLimit?: number;
  /** Of an OAK camera; `any` is the first. */
  readonly device?: string;
  readonly camera?: string;
  readonly parity?: boolean;
  readonly out?: string;
  readonly events?: string;
  readonly live?: boolean;
  readonly port?: number;
};

export type ReidentifyResult = RunResult & {
  readonly source: string;
  readonly mode: "tracks" | "parity";
  /** What was asked for and could not be had, in sentences. */
  readonly notes: readonly string[];
  readonly events: readonly EventRecord[];
  readonly out: string | null;
};

/** Frames a second of the annotated video where the source does not say its own. */
const FPS = 25;

/** Opens what the command line names, runs, and closes it again. @param gallery `null` keeps nobody. */
export async function openAndRun(
  values: ReidentifyValues,
  gallery: string | null,
  context: CliContext,
  node: NodeOptions,
): Promise<ReidentifyResult> {
  const { signal, note, progress } = context;
  const { mediaPath, camera, fpsLimit, parity = false, out, live = false } = values;
  const source: VideoSource = { media: mediaPath, camera, fps: fpsLimit, realtime: live };
  const notes: string[] = [];
  const events: EventRecord[] = [];
  const { signal: _, platform: __, ...zoo } = node;
  await using device = await openDevice(values.device, zoo);
  await using sink = values.events === undefined ? null : await openEventSink(values.events);
  await using remote = live
    ? new RemoteConnection({ httpPort: values.port ?? 8082, webSocketPort: portBeside(values) })
    : null;
  if (remote) note(`live at ${(await remote.ready()).url}; q on the page ends it`);
  const result = await runReidentify({
    device,
    source,
    detector: values.detModel,
    recognizer: values.recModel,
    cosSimilarity: values.cosSimilarityThreshold,
    parity,
    openStore: gallery === null ? null : (fingerprint) => openStoreOf(gallery, fingerprint),
    video: out === undefined ? null : { file: out, fps: fpsLimit ?? (await fpsOf(mediaPath, signal)) ?? FPS },
    live: remote,
    signal,
    onNote(line) {
      notes.push(line);
      note(line);
    },
    onFrame: (frames) => progress.update("frames", frames, 0),
    onEvent: (record) => tell(record, events, sink, context),
  });
  return {
    source: mediaPath ?? camera ?? "camera",
    mode: parity ? "parity" : "tracks",
    ...result,
    notes,
    events,
    out: out ?? null,
  };
}

async function openDevice(id: string | undefined, zoo: DeviceOptions): Promise<Device> {
  const local = createDevice(zoo);
  return id === undefined ? local : createOakDevice({ local, ...(id !== "any" && { deviceId: id }) });
}

async function tell(record: EventRecord, events: EventRecord[], sink: EventSink | null, { note }: CliContext) {
  events.push(record);
  note(eventText(record));
  await sink?.write(record);
}

/** DepthAI's port, unless another one is wanted for the page: then any. */
function portBeside({ port }: ReidentifyValues): number {
  return port === undefined ? 8765 : 0;
}

async function fpsOf(media: string | undefined, signal: AbortSignal): Promise<number | null> {
  if (media === undefined) return null;
  await using video = await openVideo(media, { signal });
  return video.fps;
}
