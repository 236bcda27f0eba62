/** From a 402 on the network to the offers that this wallet could pay, or to the reason why it cannot pay any. */
import { type Challenge, ProtocolError, parseChallenge, plainText } from "@tollpass/protocol";
import { keccak256, stringToHex } from "viem";
import { assessOffer, type PayableOffer, type RequestFacts, type SchemeSettings, type Unpayable } from "#schemes";

export type Judgement =
  | { readonly kind: "offers"; readonly offers: readonly PayableOffer[]; readonly facts: RequestFacts }
  /** A 402 that asks for nothing that a wallet could know of. */
  | { readonly kind: "silent" }
  | { readonly kind: "unpayable"; readonly reason: Unpayable | "malformed_402" | "plain_headers_only" };

/** From the most telling reason to the least: of several offers the person hears about the one that came closest. */
const TELLING: readonly Unpayable[] = [
  "headers_disagree",
  "asset_mismatch",
  "resource_mismatch",
  "receipts_origin",
  "terms_unacceptable",
  "unknown_contract",
  "malformed_extra",
  "channels_disabled",
  "network_disabled",
  "unknown_asset",
  "unknown_network",
  "insecure_origin",
  "unknown_scheme",
];

/** Judges the headers of a 402. Never throws, whatever the server sent. */
export function judge(
  request: { url: string; method: string; header(name: string): string | undefined },
  settings: SchemeSettings,
): Judgement {
  let challenge: Challenge;
  try {
    challenge = parseChallenge((name) => request.header(name));
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: "unpayable", reason: "malformed_402" };
    throw error;
  }
  const { offers, plain } = challenge;
  if (offers.length === 0) {
    return plain ? { kind: "unpayable", reason: "plain_headers_only" } : { kind: "silent" };
  }
  const facts: RequestFacts = { url: request.url, method: request.method, plain };
  const payable: PayableOffer[] = [];
  const reasons = new Set<Unpayable>();
  for (const offer of offers) {
    const assessed = assessOffer(offer, facts, settings);
    if (assessed.kind === "payable") payable.push(assessed.offer);
    else reasons.add(assessed.reason);
  }
  if (payable.length > 0) return { kind: "offers", offers: payable, facts };
  return { kind: "unpayable", reason: TELLING.find((reason) => reasons.has(reason)) ?? "unknown_scheme" };
}

/** Names one frozen offer for one resource: what a one-time yes is bound to. */
export function offerIdOf({ offer }: PayableOffer): string {
  return keccak256(stringToHex(JSON.stringify([offer.resource.url, offer.accepted])));
}

/** What a person reads for a resource: the server's description, made safe, else the last part of the path. */
export function labelOf({ offer }: PayableOffer): string {
  const described = plainText(offer.resource.description ?? "", 120).trim();
  if (described) return described;
  const { hostname, pathname } = new URL(offer.resource.url);
  const last = pathname.split("/").findLast((part) => part !== "");
  return plainText(last ? safeDecode(last) : hostname, 120);
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
