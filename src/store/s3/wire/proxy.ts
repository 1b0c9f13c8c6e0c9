/**
 * Which proxy the environment names. fetch finds it by itself; agents of node have to be told, and for plain http
 * they would rewrite the path on the way.
 *
 * @module
 */

/** Proxies that somebody named for this run: URLs, with user and password where they are demanded. */
export interface Proxies {
  readonly http: string | undefined;
  readonly https: string | undefined;
}

/** Puts them where fetch, the SDK and other threads look: into the environment of this process. */
export function useProxies({ http, https }: Proxies): void {
  useProxy("HTTP_PROXY", http);
  useProxy("HTTPS_PROXY", https);
}

function useProxy(name: string, url: string | undefined): void {
  if (url === undefined) return;
  process.env[name] = url;
  process.env[name.toLowerCase()] = url;
}

/** The same for agents of node, which do not know `ALL_PROXY`. */
export function proxyEnvironment(): Record<string, string> {
  const all = variable("ALL_PROXY");
  const named = {
    HTTP_PROXY: variable("HTTP_PROXY") ?? all,
    HTTPS_PROXY: variable("HTTPS_PROXY") ?? all,
    NO_PROXY: variable("NO_PROXY"),
  };
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(named)) if (value !== undefined) known[name] = value;
  return known;
}

/** What its 407 means, by either way. */
export const proxyWantsLogin = {
  text: "the proxy wants a user and a password, or others",
  hint: "Write them into its URL: --https-proxy http://user:password@host:port (with %40 for an @), or HTTPS_PROXY.",
} as const;

/** Whether there is one for any URL. */
export function isBehindProxy(): boolean {
  return ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].some((name) => variable(name) !== undefined);
}

/** The proxy for a URL as `host:port`, without user and password; `undefined` if there is none. */
export function proxyNameFor(url: URL): string | undefined {
  const own = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = variable(own) ?? variable("ALL_PROXY");
  if (proxy === undefined || isExempt(url)) return undefined;
  return URL.parse(proxy.includes("://") ? proxy : `http://${proxy}`)?.host;
}

/** The proxy for an http URL, or `undefined`. */
export function httpProxyFor(url: URL): URL | undefined {
  const proxy = variable("HTTP_PROXY") ?? variable("ALL_PROXY");
  if (proxy === undefined || isExempt(url)) return undefined;
  return new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

function variable(name: string): string | undefined {
  return process.env[name.toLowerCase()] || process.env[name] || undefined;
}

function isExempt(url: URL): boolean {
  const patterns = (variable("NO_PROXY") ?? "").toLowerCase().split(/[\s,]+/);
  return patterns.some((pattern) => {
    if (pattern === "") return false;
    if (pattern === "*" || pattern === url.host) return true;
    const domain = pattern.replace(/^\*?\./, "");
    return url.hostname === domain || url.hostname.endsWith(`.${domain}`);
  });
}
