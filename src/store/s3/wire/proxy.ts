/**
 * Which proxy the environment names for plain http. fetch and node:https find theirs by themselves; node:http
 * would rewrite the path on the way.
 *
 * @module
 */

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
