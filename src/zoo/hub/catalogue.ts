import * as z from "zod";
import { ArcfaceError } from "../../errors.ts";
import type { NNModelDescription } from "../description.ts";
import { SlugComponents } from "../slug.ts";
import { askHub, type HubAccess, type Question } from "./ask.ts";
import { hubError, isRefusal } from "./failure.ts";
import type { HubLinks } from "./links.ts";

/** A page of the catalogue; the hub gives no more at once. */
const LIMIT = "500";

const text = z.string().nullish();
const models = z.array(z.object({ id: z.string(), slug: z.string(), team_slug: text }));
const versions = z.array(z.object({ id: z.string(), variant_slug: text, version: text }));
const instance = z.object({
  id: z.string(),
  model_id: text,
  model_version_id: text,
  parent_id: text,
  model_type: z.string(),
  model_class: text,
  model_precision_type: text,
  status: text,
  is_nn_archive: z.boolean().nullish(),
  hash: text,
  hash_short: text,
  updated: text,
});
type Instance = z.infer<typeof instance>;
const bySlugs = z.object({ items: z.array(z.object({ model_version: z.object({ id: z.string() }).nullish() })) });
const link = z.union([
  z.string(),
  z.object({ url: z.string() }).transform(({ url }) => url),
  z.object({ download_url: z.string() }).transform(({ download_url }) => download_url),
  z.object({ download_link: z.string() }).transform(({ download_link }) => download_link),
]);
const downloads = z.union([z.array(link), link.transform((one) => [one])]);

/**
 * The ONNX that a model's exports were made from: of the variant's newest version the BASE instance of type ONNX, in an
 * NN archive where there is one. A ref may name a version (`0.1.0`) or an instance by its short hash.
 *
 * @throws {ArcfaceError} NOT_FOUND where the hub has no such model or no ONNX of it; NETWORK, TOO_LARGE, CANCELLED.
 * Source: hubai-sdk hubai_sdk/utils/hub.py and hubai_sdk/services/instances.py.
 */
export async function baseOnnxLinks(
  { model, modelPrecisionType }: NNModelDescription,
  endpoint: string,
  access: HubAccess,
): Promise<HubLinks> {
  const ask = askCatalogue(endpoint, access);
  const slug = SlugComponents.split(model);
  const versionId = await findVersion(ask, slug);
  if (versionId === null) throw notFound(`${model}: the hub has no such model`);
  const shortHash = isVersion(slug.modelRef) ? "" : slug.modelRef;
  // The way from an export to its base leads over instances of any kind.
  const kind = shortHash === "" ? { model_class: "BASE", model_type: "ONNX" } : {};
  const query = { model_version_id: versionId, ...kind, limit: LIMIT };
  const [base] = baseOnnxOf(await ask({ endpoint: "modelInstances", query }, z.array(instance)), shortHash)
    .filter((one) => modelPrecisionType === "" || one.model_precision_type === modelPrecisionType)
    .toSorted((a, b) => Number(b.is_nn_archive ?? false) - Number(a.is_nn_archive ?? false));
  if (base === undefined) throw notFound(`${model}: the hub has no ONNX that its exports were made from`);
  const links = await ask({ endpoint: `modelInstances/${encodeURIComponent(base.id)}/download` }, downloads);
  return {
    // Without a hash, a changed instance is told by when it was changed.
    hash: base.hash || `${base.id}@${base.updated ?? ""}`,
    modelId: base.model_id ?? "",
    modelVersionId: base.model_version_id ?? versionId,
    modelInstanceId: base.id,
    links,
  };
}

/** A BASE instance that is ONNX; where a short hash names one or what came of one, that. */
function baseOnnxOf(all: readonly Instance[], shortHash: string): Instance[] {
  const isBase = ({ model_type, model_class, parent_id, status }: Instance) =>
    model_type === "ONNX" && (model_class ?? (parent_id ? "EXPORTED" : "BASE")) === "BASE" && status !== "unavailable";
  if (shortHash === "") return all.filter(isBase);
  let at = all.find((one) => (one.hash_short ?? one.hash?.slice(0, 7)) === shortHash);
  // An export's parents lead to its base; no chain is longer than the list.
  for (let steps = 0; at !== undefined && steps < all.length; steps++) {
    if (isBase(at)) return [at];
    const { parent_id } = at;
    at = all.find(({ id }) => id === parent_id);
  }
  return [];
}

async function findVersion(ask: Ask, slug: SlugComponents): Promise<string | null> {
  const { teamName, modelSlug, modelVariantSlug, modelRef } = slug;
  const version = isVersion(modelRef) ? modelRef : "";
  if (teamName !== "" && modelVariantSlug !== "" && version === "") {
    const items = [{ identifier: 0, slug: new SlugComponents({ teamName, modelSlug, modelVariantSlug }).merge() }];
    // Whatever it has against this way, the lists will tell.
    const asked = ask({ endpoint: "models/read_by_slugs", body: { items } }, bySlugs);
    const found = await asked.catch((error) => {
      if (isRefusal(error)) return null;
      throw error;
    });
    const id = found?.items[0]?.model_version?.id;
    if (id !== undefined) return id;
  }
  const listed = await askBoth(ask, { endpoint: "models/", query: { slug: modelSlug, limit: LIMIT } }, models);
  const fitting = listed.filter((one) => one.slug === modelSlug && (teamName === "" || one.team_slug === teamName));
  if (new Set(fitting.map((one) => one.id)).size > 1)
    throw notFound(`${slug.merge()}: several models have this name; name its team`);
  const [model] = fitting;
  if (model === undefined) return null;
  const query = { model_id: model.id, variant_slug: modelVariantSlug, version, limit: LIMIT };
  const [newest] = (await askBoth(ask, { endpoint: "modelVersions", query }, versions))
    .filter((one) => modelVariantSlug === "" || one.variant_slug === modelVariantSlug)
    .filter((one) => version === "" || one.version === version)
    .toSorted((a, b) => (b.version ?? "").localeCompare(a.version ?? "", "en", { numeric: true }));
  return newest?.id ?? null;
}

type Ask = ReturnType<typeof askCatalogue>;

function askCatalogue(base: string, access: HubAccess) {
  return async <T>(question: Question, schema: z.ZodType<T>): Promise<T> => {
    const { json, text } = await askHub({ ...question, endpoint: `${base}/${question.endpoint}` }, access);
    const told = schema.safeParse(json);
    if (told.success) return told.data;
    throw hubError({ doing: "sending a request to the Hub", status: 200, text, key: access.key });
  };
}

/** Public ones first; private ones are listed apart. */
async function askBoth<T>(ask: Ask, { query = {}, ...question }: Question, schema: z.ZodType<T[]>): Promise<T[]> {
  const publicOnes = await ask({ ...question, query: { ...query, is_public: "true" } }, schema);
  if (publicOnes.length > 0) return publicOnes;
  return ask({ ...question, query: { ...query, is_public: "false" } }, schema);
}

const isVersion = (ref: string) => /^\d+(\.\d+)+$/.test(ref);

function notFound(what: string): ArcfaceError {
  return new ArcfaceError("NOT_FOUND", `hub: ${what}`);
}
