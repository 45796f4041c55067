import * as z from "zod";
import type { NNModelDescription } from "../description.ts";
import { ONNX_PLATFORMS } from "../platform.ts";
import { askHub, type HubAccess } from "./ask.ts";
import { baseOnnxLinks } from "./catalogue.ts";
import type { Modelzoo } from "./endpoints.ts";
import { hubError } from "./failure.ts";
import { type HubLinks, secureLinks } from "./links.ts";

const id = z
  .string()
  .nullish()
  .transform((text) => text ?? "");

const answer = z.object({
  hash: z.string(),
  download_links: z.array(z.string()),
  model_id: id,
  model_version_id: id,
  model_instance_id: id,
});

/**
 * Ask where a model's files are: the hub's export for a Luxonis device; for what runs ONNX, the ONNX that the exports
 * were made from.
 *
 * @throws {ArcfaceError} NOT_FOUND, NETWORK, TOO_LARGE, CANCELLED.
 */
export async function fetchLinks(description: NNModelDescription, zoo: Modelzoo, access: HubAccess): Promise<HubLinks> {
  const runsOnnx = ONNX_PLATFORMS.some((platform) => platform === description.platform.toLowerCase());
  if (runsOnnx)
    return secureLinks(await baseOnnxLinks(description, zoo.catalogueEndpoint, access), zoo.catalogueEndpoint);
  return secureLinks(await exportedLinks(description, zoo.downloadEndpoint, access), zoo.downloadEndpoint);
}

async function exportedLinks(description: NNModelDescription, endpoint: string, access: HubAccess): Promise<HubLinks> {
  const { model: slug, platform, ...of } = description;
  const { optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType } = of;
  const query = { slug, platform, optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType };
  const { json, text } = await askHub({ endpoint, query }, access);
  const told = answer.safeParse(json);
  if (!told.success) throw hubError({ doing: "sending a request to the Hub", status: 200, text, key: access.key });
  return {
    hash: told.data.hash,
    modelId: told.data.model_id,
    modelVersionId: told.data.model_version_id,
    modelInstanceId: told.data.model_instance_id,
    links: told.data.download_links,
  };
}
