import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";

/** How the registry treats requests for tarballs: well, or in one of the ways the world does. */
export type RegistryMode = "ok" | "slow" | "cut" | "wrong-bytes" | "404" | "500";

export type Package = { readonly name: string; readonly version: string; readonly tarball: Uint8Array };

export type NpmRegistry = AsyncDisposable & {
  readonly url: string;
  /** May be changed at any time. */
  mode: RegistryMode;
  /** Where set, requests without it are refused. */
  token: string | null;
  /** Paths asked for, tarballs only. */
  readonly downloads: string[];
  /** Environment variables under which npm's libraries use this registry alone. */
  readonly env: Record<string, string>;
};

export const integrityOf = (bytes: Uint8Array): string =>
  `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** A gzipped tar of the files, or of links where a value is `{ link }`. */
export async function packTarball(files: Readonly<Record<string, Uint8Array | { link: string }>>): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([name, body]) =>
    body instanceof Uint8Array
      ? { header: { name, size: body.length }, body }
      : { header: { name, size: 0, type: "symlink" as const, linkname: body.link } },
  );
  return gzipSync(await packTar(entries));
}

/** An npm registry on this machine: packuments and tarballs of the given packages, from memory. */
export async function startNpmRegistry(packages: readonly Package[]): Promise<NpmRegistry> {
  const downloads: string[] = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? "/");
    if (registry.token !== null && request.headers.authorization !== `Bearer ${registry.token}`)
      return refuse(response, 401);
    const asked = packages.filter(({ name }) => path === `/${name}`);
    const sent = packages.find((one) => path === tarballPath(one));
    if (asked.length > 0) return sendJson(response, packument(asked, registry.url));
    if (sent === undefined) return refuse(response, 404);
    downloads.push(path);
    if (registry.mode === "404" || registry.mode === "500") return refuse(response, Number(registry.mode));
    await sendTarball(response, sent.tarball, registry);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry: NpmRegistry = {
    url,
    mode: "ok",
    token: null,
    downloads,
    env: { npm_config_registry: url, npm_config_userconfig: "/dev/null", npm_config_fetch_retries: "0" },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return registry;
}

function tarballPath({ name, version }: Package): string {
  return `/${name}/-/${name.split("/").at(-1)}-${version}.tgz`;
}

function packument(versions: readonly Package[], url: string): unknown {
  const name = versions[0]!.name;
  const manifest = (one: Package) => ({
    name,
    version: one.version,
    dist: { tarball: `${url}${tarballPath(one)}`, integrity: integrityOf(one.tarball) },
  });
  return {
    name,
    "dist-tags": { latest: versions.at(-1)!.version },
    versions: Object.fromEntries(versions.map((one) => [one.version, manifest(one)])),
  };
}

async function sendTarball(response: ServerResponse, tarball: Uint8Array, registry: NpmRegistry): Promise<void> {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": tarball.length });
  const half = tarball.length >> 1;
  if (registry.mode === "wrong-bytes") {
    const wrong = Uint8Array.from(tarball);
    wrong[half]! ^= 1;
    response.end(wrong);
    return;
  }
  if (registry.mode === "ok") {
    response.end(tarball);
    return;
  }
  response.write(tarball.subarray(0, half));
  // Slow for as long as it is slow: whoever wants the rest sets the mode.
  while (registry.mode === "slow" && !response.destroyed) await delay(20);
  if (registry.mode === "cut") response.destroy();
  else response.end(tarball.subarray(half));
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: `status ${status}` }));
}
