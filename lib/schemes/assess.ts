/** The checks that every offer has to pass before its scheme looks at it (protocol section 5, 1 to 6). */
import { findNetwork, findToken, type Offer } from "@tollpass/protocol";
import type { AssessedBase, Notice, RequestFacts, SchemeSettings, Unpayable } from "./scheme.ts";

/** Longest validity of anything that is signed, in seconds, whatever a server asks for. */
export const MAX_VALIDITY = 600;
/** Shortest: what is valid for less cannot be settled in time. */
export const MIN_VALIDITY = 30;

/** The seconds for which a signature is valid, made of the server's wish. */
export function clampValidity(maxTimeoutSeconds: number): number {
  return Math.min(MAX_VALIDITY, Math.max(MIN_VALIDITY, Math.floor(maxTimeoutSeconds)));
}

/** The offer with the wallet's own records of its network and token, or why it cannot be paid. */
export function assessBase(
  offer: Offer,
  facts: RequestFacts,
  settings: SchemeSettings,
): { kind: "base"; base: AssessedBase } | { kind: "unpayable"; reason: Unpayable } {
  const unpayable = (reason: Unpayable) => ({ kind: "unpayable", reason }) as const;
  const notices: Notice[] = [];
  const asked = parseUrl(facts.url);
  if (!asked || !isSecure(asked, settings.allowLoopback)) return unpayable("insecure_origin");
  const named = parseUrl(offer.resource.url);
  if (!named || !samePlace(asked, named)) return unpayable("resource_mismatch");
  if (asked.protocol !== named.protocol) notices.push("resource_scheme");
  const network = findNetwork(settings.networks, offer.network);
  if (!network) return unpayable("unknown_network");
  if (!settings.enabled.includes(network.id)) return unpayable("network_disabled");
  const token = findToken(network, offer.asset);
  if (!token) return unpayable("unknown_asset");
  return { kind: "base", base: { offer, network, token, notices } };
}

/** Whether `name` and `version` of an offer's extra, where given, are those of the wallet's registry. */
export function describesToken(base: AssessedBase, extra: { name?: unknown; version?: unknown }): boolean {
  const known = base.token.eip712;
  if (!known) return true;
  return (!extra.name || extra.name === known.name) && (!extra.version || extra.version === known.version);
}

export function parseUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url : undefined;
}

/** 127.0.0.0/8, ::1 and the names that browsers resolve to them without asking anybody (RFC 6761). */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

function isSecure(url: URL, allowLoopback: boolean): boolean {
  if (url.protocol === "https:") return true;
  return allowLoopback && isLoopback(url.hostname);
}

/** Host, port, path and query are equal. The port of the other scheme's default is no difference. */
function samePlace(asked: URL, named: URL): boolean {
  return (
    asked.host === named.host &&
    asked.pathname === named.pathname &&
    asked.search === named.search &&
    named.username === "" &&
    named.password === ""
  );
}
