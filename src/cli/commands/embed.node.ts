import type { Box } from "../../geometry/types.ts";
import { createNodeHost } from "../../host/host.node.ts";
import { l2Norm } from "../../tensor/vector.ts";
import { defineCommand } from "../command.ts";
import {
  type BulkResult,
  bulkOptions,
  checkBulkOptions,
  embedInBulk,
  exitCodeOfBulk,
  sayBulk,
} from "../embed-bulk.node.ts";
import { eachImage, exitCodeOf, expandImages, isUnread, sayUnread, type Unread } from "../images.node.ts";
import { decodeOptions, loadEmbedder, loadRecognizer, nodeOptions } from "../open.node.ts";
import { detectOptions, detectorOption, given, modelOptions, toDetectOptions, toNetworks } from "../options.ts";

type Embedded = {
  readonly file: string;
  readonly faces: readonly { readonly box?: Box; readonly score?: number; readonly embedding: Float32Array }[];
};

type Result =
  | { readonly model: string; readonly images: readonly (Embedded | Unread)[] }
  | { readonly bulk: BulkResult };

export const embed = defineCommand({
  name: "embed",
  arguments: "<image or folder...>",
  summary: "the embedding of every face: 512 numbers, L2-normalised",
  examples: [
    "arcface embed photo.jpg --json",
    "arcface embed crops/ --aligned --json",
    "arcface embed photos/ --out embeddings/     # any number, on all cores; the same again goes on where it was",
    "arcface embed photos/ --out faces.npy --faces all",
  ],
  options: {
    ...modelOptions,
    ...detectorOption,
    ...detectOptions,
    flip: { type: "boolean", describe: "add the embedding of the mirrored face, as evaluation protocols do" },
    raw: { type: "boolean", describe: "leave embeddings as the network gives them, not L2-normalised" },
    ...bulkOptions,
    aligned: { type: "boolean", describe: "the images are aligned crops of the network's size: no detection" },
  },
  async run(paths, options, context): Promise<Result> {
    checkBulkOptions(options);
    if (options.out !== undefined) return { bulk: await embedInBulk(paths, options.out, options, context) };
    const files = await expandImages("embed", paths);
    const common = { ...nodeOptions(context, options), ...given({ model: options.model, card: options.card }) };
    const how = given({ flip: options.flip, raw: options.raw, signal: context.signal });
    if (options.aligned) {
      const { codec, read } = createNodeHost();
      await using embedder = await loadEmbedder(common);
      const images = await eachImage(files, "embed", context, async (file): Promise<Embedded> => {
        const crop = await codec.decode(await read(file), file, decodeOptions(options));
        const embeddings = await embedder.embed([crop], how);
        return { file, faces: embeddings.map((embedding) => ({ embedding })) };
      });
      return { model: embedder.name, images };
    }
    const find = { ...decodeOptions(options), ...toDetectOptions(options), ...how };
    await using recognizer = await loadRecognizer({ ...common, ...toNetworks(options) });
    const images = await eachImage(files, "embed", context, async (file): Promise<Embedded> => {
      return { file, faces: await recognizer.embed(file, find) };
    });
    return { model: recognizer.name, images };
  },
  format: (result) => ("bulk" in result ? sayBulk(result.bulk) : result.images.flatMap(lines).join("\n")),
  exitCode: (result) => ("bulk" in result ? exitCodeOfBulk(result.bulk) : exitCodeOf(result.images)),
});

function lines(image: Embedded | Unread): string[] {
  if (isUnread(image)) return [sayUnread(image)];
  const { file, faces } = image;
  if (faces.length === 0) return [`${file}: no face`];
  return faces.map(({ embedding, box }) => {
    const where = box ? ` at ${box.map((v) => Math.round(v)).join(" ")}` : "";
    const first = [...embedding.slice(0, 4)].map((v) => v.toFixed(4)).join(" ");
    return `${file}${where}: ${embedding.length} numbers, norm ${l2Norm(embedding).toFixed(3)}: ${first} … (--json prints all)`;
  });
}
