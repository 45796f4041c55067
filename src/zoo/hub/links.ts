import { ArcfaceError } from "../../errors.ts";

/** What the hub says of a model: where its files are, and what tells this version from another. */
export type HubLinks = {
  readonly hash: string;
  readonly modelId: string;
  readonly modelVersionId: string;
  readonly modelInstanceId: string;
  /** Signed: they are good for a while, and for whoever holds them. */
  readonly links: readonly string[];
};

/** Only a hub that is itself asked without encryption may send people to files without it. */
export function secureLinks(found: HubLinks, endpoint: string): HubLinks {
  const allowed = endpoint.startsWith("http:") ? ["https:", "http:"] : ["https:"];
  for (const link of found.links) {
    const protocol = URL.canParse(link) ? new URL(link).protocol : "no address";
    if (!allowed.includes(protocol))
      throw new ArcfaceError("NETWORK", `hub: expected links by ${allowed.join(" or ")}, got ${protocol}`);
  }
  return found;
}
