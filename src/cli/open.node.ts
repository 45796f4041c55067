import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import envPaths from "env-paths";
import type { FaceDetector } from "../detect/face-detector.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { Gallery } from "../gallery/gallery.ts";
import { galleryOf } from "../gallery/open-gallery.node.ts";
import type { SqliteStoreOptions } from "../gallery/sqlite-open.node.ts";
import type { GalleryStore } from "../gallery/store.ts";
import { openSqliteStore } from "../gallery/store-sqlite.node.ts";
import type { DecodeOptions } from "../host/host.ts";
import type { DetectorChoice, ModelChoice, NodeOptions } from "../recognize/compose.node.ts";
import type { Embedder } from "../recognize/embedder.ts";
import type { Recognizer } from "../recognize/recognizer.ts";
import type { ZooProgress } from "../zoo/context.node.ts";
import type { Zoo } from "../zoo/open-zoo.node.ts";
import { parsePlatform } from "../zoo/platform.ts";
import { splitSources } from "../zoo/sources/open-source.node.ts";
import type { CliContext, OptionValues } from "./command.ts";
import { given, type zooOptions } from "./options.ts";

// Cards, networks and images take 0.2 s of modules: they are loaded when a command runs, so that --help is quick.
const compose = () => import("../recognize/compose.node.ts");

export async function loadRecognizer(options: NodeOptions & ModelChoice & DetectorChoice): Promise<Recognizer> {
  return (await compose()).loadRecognizer(options);
}

export async function loadDetector(options: NodeOptions & ModelChoice): Promise<FaceDetector> {
  return (await compose()).loadDetector(options);
}

export async function loadEmbedder(options: NodeOptions & ModelChoice): Promise<Embedder> {
  return (await compose()).loadEmbedder(options);
}

export async function openNodeZoo(context: CliContext, options: ZooValues = {}): Promise<Zoo> {
  return (await compose()).openNodeZoo(nodeOptions(context, options));
}

type ZooValues = OptionValues<typeof zooOptions> & { readonly threads?: number; readonly platform?: string };

/** What loading networks needs of the command line: progress, licences and notices shown, Ctrl-C heard. */
export function nodeOptions(
  context: CliContext,
  { threads, commercial, source, platform }: ZooValues = {},
): NodeOptions {
  return given({
    threads,
    commercial,
    platform: platform === undefined ? undefined : parsePlatform(platform),
    sources: source === undefined ? undefined : splitSources(source),
    signal: context.signal,
    onProgress: (progress: ZooProgress) => showZoo(context, progress),
    onLicence: ({
      slug,
      licence,
    }: {
      slug: string;
      licence: { name: string; commercial: boolean; note?: string | undefined };
    }) => {
      const use = licence.commercial ? "" : ", not for commercial use";
      context.note(`${slug}: licence ${licence.name}${use}${licence.note ? ` (${licence.note})` : ""}`);
    },
    onNotice: (notice: string) => context.note(notice),
  });
}

function showZoo({ progress, note }: CliContext, event: ZooProgress): void {
  if (event.phase === "download") {
    const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
    progress.update(`fetching ${event.name} (MB)`, megabytes(event.receivedBytes), megabytes(event.totalBytes));
  } else if (event.phase === "wait") note(`waiting for another process that fetches ${event.name}`);
}

/** See openStoreOf. */
export async function openGalleryOf(
  path: string,
  { fingerprint }: Recognizer,
  options: SqliteStoreOptions = {},
): Promise<Gallery> {
  return galleryOf(await openStoreOf(path, fingerprint, options), path, fingerprint);
}

/**
 * A gallery's store for a recogniser's embeddings; that its people were enrolled with another one is said before any
 * image is looked at.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH; as openSqliteStore.
 */
export async function openStoreOf(
  path: string,
  fingerprint: string,
  options: SqliteStoreOptions = {},
): Promise<GalleryStore> {
  const store = await openSqliteStore(path, options);
  const held = await store.fingerprint();
  if (held === null || held === fingerprint) return store;
  await store[Symbol.asyncDispose]();
  throw new ArcfaceError("MODEL_MISMATCH", `gallery ${path}: expected the recogniser ${held}, got ${fingerprint}`, {
    hint: "embeddings of different recognisers cannot be compared: name that one (--model), or another gallery (--gallery)",
  });
}

/** The gallery that is meant where none is named; its folder is made. */
export async function galleryPath(path: string | undefined): Promise<string> {
  if (path !== undefined) return path;
  const chosen = process.env.ARCFACE_GALLERY ?? `${envPaths("arcface", { suffix: "" }).data}/gallery.db`;
  await mkdir(dirname(chosen), { recursive: true }).catch((error: unknown) => {
    throw fileError(error, dirname(chosen), "making the gallery's folder", "--gallery names another place");
  });
  return chosen;
}

export function decodeOptions({ maxPixels }: { maxPixels?: number }): DecodeOptions {
  return given({ maxPixels });
}
