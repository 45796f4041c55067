export type ConnectRules = {
  /** Names by which this server may be asked for, beside addresses, `localhost` and the machine's own name. */
  readonly allowedHosts: readonly string[];
  /** Pages of other hosts that may connect: `https://app.example.org`. */
  readonly allowedOrigins: readonly string[];
};

/**
 * May a request with these headers come in? A page of any site can make its visitor's browser connect to this machine,
 * under a name that the site owns too (DNS rebinding), and what is shown here is nobody's but the user's: so the name asked
 * for is an address or one of ours, and the page that asks, if it is a page, comes from the same host.
 */
export function mayConnect(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  { allowedHosts, allowedOrigins }: ConnectRules,
): boolean {
  const host = hostnameOf(`http://${headers.host ?? ""}`);
  if (host === null || !(isAddress(host) || isLocal(host) || allowedHosts.includes(host))) return false;
  if (headers.origin === undefined || allowedOrigins.includes(headers.origin)) return true;
  return hostnameOf(headers.origin) === host;
}

function hostnameOf(url: string): string | null {
  try {
    return new URL(url).hostname;
  } catch {
    return null;
  }
}

function isLocal(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

/** URL has already written addresses in their one form. */
function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
