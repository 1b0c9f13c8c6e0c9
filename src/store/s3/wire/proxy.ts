/**
 * Which proxy is meant: one that was named for the run, or the one of the environment. That of the environment fetch
 * finds by itself; agents of node have to be told, and for plain http they would rewrite the path on the way.
 *
 * What was named is never put into the environment: it may hold a password, and children would get it.
 *
 * @module
 */
import net from "node:net";

import { SyncError } from "../../../core/errors.ts";

/** Proxies that somebody named for this run: URLs, with user and password where they are demanded. */
export interface Proxies {
  readonly http: string | undefined;
  readonly https: string | undefined;
}

/** Nobody named any: those of the environment count. */
export const noneNamed: Proxies = { http: undefined, https: undefined };

/** What agents of node are to be told, which do not know `ALL_PROXY`. */
export function proxyEnvironment({ http, https }: Proxies = noneNamed): Record<string, string> {
  const all = variable("ALL_PROXY");
  const meant = {
    HTTP_PROXY: http ?? variable("HTTP_PROXY") ?? all,
    HTTPS_PROXY: https ?? variable("HTTPS_PROXY") ?? all,
    NO_PROXY: exemptions().flatMap(forAgents).join(",") || undefined,
  };
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(meant)) if (value !== undefined) known[name] = value;
  return known;
}

/**
 * What fetch has to be told, which looks into the environment by itself.
 *
 * @returns the proxy that was named for the run, if requests to this origin go by it
 */
export function namedProxyFor(origin: string, named: Proxies): string | undefined {
  if (named.http === undefined && named.https === undefined) return undefined;
  const url = new URL(origin);
  return isExempt(url) ? undefined : namedFor(url, named);
}

function namedFor({ protocol }: URL, { http, https }: Proxies): string | undefined {
  return protocol === "https:" ? https : http;
}

/** What its 407 means, by either way. */
export const proxyWantsLogin = {
  text: "the proxy wants a user and a password, or others",
  hint: "Write them into its URL: --https-proxy http://user:password@host:port (with %40 for an @), or HTTPS_PROXY.",
} as const;

/** Whether there is one for any URL. */
export function isBehindProxy({ http, https }: Proxies): boolean {
  if (http !== undefined || https !== undefined) return true;
  return ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].some((name) => variable(name) !== undefined);
}

/** The proxy for a URL as `host:port`, without user and password; `undefined` if there is none. */
export function proxyNameFor(url: URL, named: Proxies): string | undefined {
  return proxyUrlFor(url, named)?.host;
}

/** The proxy for a URL, or `undefined`. */
export function proxyUrlFor(url: URL, named: Proxies = noneNamed): URL | undefined {
  const proxy = proxyFor(url, named);
  return proxy === undefined ? undefined : parsed(proxy.value);
}

/**
 * Checks that the proxy for a URL is one of those that fetch knows. It would go past a SOCKS proxy without a word.
 *
 * @throws SyncError `usage`
 */
export function requireKnownProxy(url: URL, named: Proxies = noneNamed): void {
  const proxy = proxyFor(url, named);
  if (proxy === undefined || /^https?:$/.test(parsed(proxy.value)?.protocol ?? "")) return;
  const what =
    "an http or https URL is allowed, such as http://user:password@proxy.example.com:3128";
  throw new SyncError("usage", `the variable ${proxy.name}: ${what}`, {
    hint: `Name such a proxy with --${url.protocol.slice(0, -1)}-proxy, or go without one: NO_PROXY=${url.hostname}`,
  });
}

/** What is named for a URL, and by which variable or option. */
function proxyFor(
  url: URL,
  named: Proxies,
): { readonly name: string; readonly value: string } | undefined {
  if (isExempt(url)) return undefined;
  const first = namedFor(url, named);
  if (first !== undefined) return { name: `--${url.protocol.slice(0, -1)}-proxy`, value: first };
  for (const name of [url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY", "ALL_PROXY"]) {
    const value = variable(name);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

function parsed(proxy: string): URL | undefined {
  return URL.parse(proxy.includes("://") ? proxy : `http://${proxy}`) ?? undefined;
}

function variable(name: string): string | undefined {
  return process.env[name.toLowerCase()] || process.env[name] || undefined;
}

/** What `NO_PROXY` lists. */
function exemptions(): string[] {
  return (variable("NO_PROXY") ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((pattern) => pattern !== "");
}

/** Domains are meant with what is below them, and IPv6 addresses with or without brackets: as fetch has it. */
function plain(pattern: string): string {
  return pattern
    .replace(/^\*?\./, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}

function isExempt(url: URL): boolean {
  const host = plain(url.hostname);
  return exemptions().some((pattern) => {
    if (pattern === "*" || pattern === url.host) return true;
    const domain = plain(pattern);
    return host === domain || host.endsWith(`.${domain}`) || isInSubnet(host, domain);
  });
}

/** `10.0.0.0/8`. */
function isInSubnet(host: string, pattern: string): boolean {
  const [, base = "", bits = ""] = /^([\d.a-f:]+)\/(\d{1,3})$/.exec(pattern) ?? [];
  const version = net.isIP(host);
  if (version === 0 || version !== net.isIP(base)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const subnet = new net.BlockList();
  subnet.addSubnet(base, Number(bits), family);
  return subnet.check(host, family);
}

/** The same in the words of node's agents, which take a domain for that very host; subnets they do not know. */
function forAgents(pattern: string): string[] {
  const domain = plain(pattern);
  return domain === "*" || domain.includes(":") ? [domain] : [domain, `.${domain}`];
}
