import { ArcfaceError } from "../errors.ts";
import type { NNArchive } from "./nn-archive.ts";

/** The devices of Luxonis that a model file was converted for. */
const DEVICES: Readonly<Record<string, string>> = {
  RVC2: "an RVC2 device (OAK-D, OAK-1 and their kin)",
  RVC4: "an RVC4 device (OAK4)",
};

/**
 * Why an archive cannot be run by ONNX Runtime; `null` where it can be tried.
 *
 * @param slug where it came from, if that is known.
 * @returns an UNSUPPORTED_FORMAT that says which device it needs and how to get the ONNX.
 */
export function runRefusal(archive: NNArchive, slug = "SLUG"): ArcfaceError | null {
  const [platform] = archive.getSupportedPlatforms();
  const device = platform && DEVICES[platform];
  if (!device) return null;
  const { path } = archive.getConfig().model.metadata;
  return new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${archive.name}: expected an ONNX model, got ${path}, which runs on ${device} only`,
    {
      hint: `\`arcface models pull ${slug} --platform cpu\` fetches the ONNX it was made from`,
    },
  );
}
