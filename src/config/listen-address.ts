/**
 * Where something of ours can be asked: an address and a port.
 *
 * @module
 */
import { checked } from "./kinds.ts";

/** An address of this machine, and a port. */
export interface ListenAddress {
  /** An IP address, without brackets, or `localhost`. */
  readonly host: string;
  /** 0 stands for one that is free. */
  readonly port: number;
}

const hint =
  "an address and a port such as 127.0.0.1:9464, [::1]:9464, or 0.0.0.0:9464 for everybody, is allowed";
const form = /^(?:\[([0-9a-fA-F:.]+)\]|(localhost|\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/;

/** `127.0.0.1:9464`. A port alone would be open to everybody, and so the address has to be said. */
export const listenAddress = checked<ListenAddress>({
  placeholder: "ADDRESS:PORT",
  read(text) {
    const [, bracketed, host = bracketed ?? "", port = ""] = form.exec(text) ?? [];
    return { host, port: Number(port) };
  },
  format: formatListenAddress,
  check: ({ host, port }) => {
    const isHost = host === "localhost" || isAddress(host);
    return isHost && Number.isInteger(port) && port >= 0 && port <= 65_535 ? undefined : hint;
  },
});

/** As it is written. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** By the rules of URLs, which would complete an address that is too short. */
function isAddress(host: string): boolean {
  const isIpv6 = host.includes(":");
  if (!isIpv6 && !/^\d+\.\d+\.\d+\.\d+$/.test(host)) return false;
  return URL.canParse(`http://${isIpv6 ? `[${host}]` : host}:1/`);
}
