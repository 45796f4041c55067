import type { FaceDetector } from "../detect/face-detector.ts";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { cropOf } from "../evaluate/embed-picture.ts";
import type { Host } from "../host/host.ts";
import type { Image } from "../image/image.ts";
import type { CardOf } from "../zoo/cards/card.ts";

export type PictureOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Told of pictures that cannot be read, or show no face; they are left out. */
  readonly onUnread?: ((file: string, error: ArcfaceError) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

/**
 * Faces as a recogniser is fed them: the one nearest the middle of each picture.
 *
 * @param detector finds them; `null` where the pictures are aligned crops.
 * @throws {ArcfaceError} CANCELLED; those of a picture that are not its own.
 */
export async function cropsOf(
  host: Host,
  files: readonly string[],
  { model, embedding }: CardOf<"recognizer">,
  detector: FaceDetector | null,
  { signal, onUnread, onProgress }: PictureOptions,
): Promise<Image[]> {
  const embedder = { alignment: embedding.alignment, cropSize: model.input.width };
  const crops: Image[] = [];
  for (const [done, name] of files.entries()) {
    throwIfCancelled(signal, "calibrating");
    onProgress?.(done, files.length);
    const image = await readPicture(host, name, onUnread);
    const face = { kind: detector ? "centre" : "crop" } as const;
    const crop =
      image && (await cropOf(image, face, { embedder, detector, name, signal }).catch(leaveOut(name, onUnread)));
    if (crop) crops.push(crop);
    else if (image) onUnread?.(name, new ArcfaceError("NO_FACE", `${name}: no face found`));
  }
  return crops;
}

/** `null`, and told of, where a picture itself is at fault. */
export async function readPicture(
  host: Host,
  name: string,
  onUnread: PictureOptions["onUnread"],
): Promise<Image | null> {
  try {
    return await host.codec.decode(await host.read(name), name);
  } catch (error) {
    return leaveOut(name, onUnread)(error);
  }
}

const leaveOut =
  (name: string, onUnread: PictureOptions["onUnread"]) =>
  (error: unknown): null => {
    if (!(error instanceof ArcfaceError) || error.code === "CANCELLED") throw error;
    onUnread?.(name, error);
    return null;
  };
