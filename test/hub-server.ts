import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type ModelServer, startModelServer } from "./model-server.ts";

/** How the hub answers questions: well, or in one of the ways the world does. How its files come is `storage.mode`. */
export type HubMode = "ok" | "500" | "404" | "html" | "missing" | "huge" | "echo" | "redirect" | "hang";

/** A model as the hub has it: an export by platform, or the ONNX that the exports were made from. */
export type HubModel = {
  /** `team/model:variant`. */
  readonly slug: string;
  /** `RVC2`, `RVC4`, or `ONNX` for the base. */
  readonly type: string;
  readonly version?: string;
  readonly precision?: string;
  readonly isNNArchive?: boolean;
  /** By their names, which stand at the end of their links as they are. */
  files: Readonly<Record<string, Uint8Array>>;
  /** What the hub says instead of the MD5 of the first file. */
  hash?: string;
};

export type HubRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: IncomingMessage["headers"];
};

export type HubServer = AsyncDisposable & {
  readonly url: string;
  /** Where the links lead: another host, as with the real one. */
  readonly storage: ModelServer;
  /** May be changed at any time, as may what follows. */
  mode: HubMode;
  health: "ok" | "500" | "hang";
  /** Where set, who comes without it is refused. */
  key: string | null;
  /** What `redirect` leads to; path and query are added. */
  redirectTo: string;
  /** In which form `modelInstances/{id}/download` answers. */
  links: "strings" | "objects";
  models: HubModel[];
  /** Without those for its health. */
  readonly requests: HubRequest[];
  healthChecks: number;
  /** Environment variables under which this hub alone is asked. */
  readonly env: Record<string, string>;
};

export const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

/** A Luxonis hub on this machine: health, downloads, catalogue; its files are another server's. */
export async function startHubServer(models: readonly HubModel[]): Promise<HubServer> {
  const storage = await startModelServer();
  const server = createServer((request, response) => void answer(hub, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hub: HubServer = {
    url,
    storage,
    mode: "ok",
    health: "ok",
    key: null,
    redirectTo: "",
    links: "strings",
    models: [...models],
    requests: [],
    healthChecks: 0,
    env: { HUBAI_URL: `${url}/` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await storage[Symbol.asyncDispose]();
    },
  };
  return hub;
}

async function answer(hub: HubServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://x");
  const path = url.pathname.replace("/models/api/v1/", "");
  if (path === "health/") {
    hub.healthChecks++;
    if (hub.health === "hang") return;
    return send(response, hub.health === "ok" ? 200 : 500, { status: hub.health });
  }
  const sent = await text(request);
  const query = Object.fromEntries(url.searchParams);
  const body: unknown = sent === "" ? null : JSON.parse(sent);
  hub.requests.push({ method: request.method ?? "", path, query, body, headers: request.headers });
  if (hub.mode === "hang") return;
  if (hub.mode === "redirect")
    return void response.writeHead(302, { location: `${hub.redirectTo}${request.url}` }).end();
  if (hub.mode === "html") return void response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in</p>");
  if (hub.mode === "echo") return send(response, 500, { got: request.headers.authorization });
  if (hub.mode === "500") return send(response, 500, { detail: "out of order" });
  if (hub.mode === "huge") return send(response, 200, { hash: "0".repeat(2 ** 23), download_links: [] });
  if (hub.key !== null && request.headers.authorization !== `Bearer ${hub.key}`)
    return send(response, 401, { detail: "Invalid API key" });
  const found = hub.mode === "404" ? null : route(hub, request.method ?? "", path, query, body);
  if (found === null) return send(response, 404, { detail: "Model not found" });
  if (hub.mode === "missing" && path === "models/download") return send(response, 200, { download_links: [] });
  send(response, 200, found);
}

type Query = HubRequest["query"];

function route(hub: HubServer, method: string, path: string, query: Query, body: unknown): unknown {
  const instances = hub.models.map((_, i) => instanceOf(hub, i));
  if (method === "POST" && path === "models/read_by_slugs") return readBySlugs(hub, body);
  if (method !== "GET") return null;
  if (path === "models/download") return download(hub, query);
  if (path === "models/")
    return query.is_public === "true" ? modelsOf(hub).filter(({ slug }) => slug === query.slug) : [];
  if (path === "modelVersions") return matching(versionsOf(hub), query, ["model_id", "variant_slug", "version"]);
  if (path === "modelInstances") return matching(instances, query, ["model_version_id", "model_class", "model_type"]);
  const [, id] = /^modelInstances\/([^/]+)\/download$/.exec(path) ?? [];
  const at = instances.findIndex((instance) => instance.id === id);
  if (at === -1) return null;
  const links = linksOf(hub, hub.models[at]!);
  return hub.links === "strings" ? links : links.map((url) => ({ url }));
}

function matching(all: readonly Record<string, unknown>[], query: Query, keys: readonly string[]): unknown {
  if (query.is_public === "false") return [];
  return all.filter((one) => keys.every((key) => query[key] === undefined || one[key] === query[key]));
}

function download(hub: HubServer, { slug, platform, modelPrecisionType }: Query): unknown {
  const at = hub.models.findIndex(
    (model) =>
      model.slug === slug &&
      model.type === platform &&
      (modelPrecisionType === undefined || model.precision === modelPrecisionType),
  );
  const model = hub.models[at];
  if (model === undefined) return null;
  const { model_id, model_version_id, id, hash } = instanceOf(hub, at);
  return { model_id, model_version_id, model_instance_id: id, hash, download_links: linksOf(hub, model) };
}

/** Signed anew each time, as by a real storage. */
function linksOf(hub: HubServer, { files, type }: HubModel): string[] {
  return Object.entries(files).map(([name, bytes]) => {
    hub.storage.files.set(decodeURIComponent(`/${type}/${name}`), bytes);
    return `${hub.storage.url}/${type}/${name}?X-Goog-Signature=${Math.random().toString(36).slice(2)}`;
  });
}

const partsOf = (slug: string) => {
  const [team = "", model = "", variant = ""] = slug.split(/[/:]/);
  return { team, model, variant };
};

function instanceOf(hub: HubServer, i: number) {
  const model = hub.models[i]!;
  const hash = model.hash ?? md5(Object.values(model.files)[0] ?? new Uint8Array());
  const base = hub.models.findIndex(({ slug, type }) => slug === model.slug && type === "ONNX");
  return {
    id: `aimi_${i}`,
    ...idsOf(model),
    parent_id: model.type === "ONNX" || base === -1 ? null : `aimi_${base}`,
    model_type: model.type,
    model_class: model.type === "ONNX" ? "BASE" : "EXPORTED",
    model_precision_type: model.precision ?? null,
    is_nn_archive: model.isNNArchive ?? true,
    status: "available",
    hash,
    hash_short: hash.slice(0, 7),
    updated: "2026-01-01T00:00:00",
  };
}

function idsOf({ slug, version = "0.1.0" }: HubModel) {
  const { team, model, variant } = partsOf(slug);
  return { model_id: `aim_${team}_${model}`, model_version_id: `aimv_${team}_${model}_${variant}_${version}` };
}

function modelsOf(hub: HubServer) {
  const all = hub.models.map((one) => {
    const { team, model } = partsOf(one.slug);
    return { id: idsOf(one).model_id, slug: model, team_slug: team, name: model };
  });
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

function versionsOf(hub: HubServer) {
  const all = hub.models.map((one) => ({
    id: idsOf(one).model_version_id,
    model_id: idsOf(one).model_id,
    variant_slug: partsOf(one.slug).variant,
    version: one.version ?? "0.1.0",
  }));
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

function readBySlugs(hub: HubServer, body: unknown): unknown {
  const { items } = body as { items: { identifier: number; slug: string }[] };
  return {
    items: items.flatMap(({ identifier, slug }) => {
      const one = hub.models.find((model) => model.slug === slug);
      if (one === undefined) return [];
      const { model_id, model_version_id } = idsOf(one);
      return [{ identifier, model: { id: model_id }, model_version: { id: model_version_id } }];
    }),
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
