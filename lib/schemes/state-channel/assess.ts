/** The terms of a state-channel offer that a wallet accepts (protocol sections 2 and 5). */
import {
  CHALLENGE_PERIOD,
  EXIT_DELAY,
  NATIVE,
  plainHeadersAgree,
  type StateChannelExtra,
  stateChannelExtraSchema,
} from "@tollpass/protocol";
import { describesToken, parseUrl } from "../assess.ts";
import type {
  AssessedBase,
  Assessment,
  ChannelOffer,
  Notice,
  RequestFacts,
  SchemeSettings,
  Unpayable,
} from "../scheme.ts";

export function assessChannelOffer(
  base: AssessedBase,
  facts: RequestFacts,
  settings: SchemeSettings,
): Assessment<ChannelOffer> {
  const unpayable = (reason: Unpayable) => ({ kind: "unpayable", reason }) as const;
  const { offer, network, token } = base;
  if (!network.testnet && !settings.mainnetChannels) return unpayable("channels_disabled");
  const parsed = stateChannelExtraSchema.safeParse(offer.extra);
  if (!parsed.success) return unpayable("malformed_extra");
  const terms = parsed.data;
  const pinned = network.stateChannels?.address;
  if (!pinned || pinned.toLowerCase() !== terms.contract.toLowerCase()) return unpayable("unknown_contract");
  if (!describesToken(base, terms)) return unpayable("asset_mismatch");
  const contract = { chainId: network.chainId, address: terms.contract };
  if (facts.plain) {
    const shown = { amount: offer.amount, token, contract: terms.contract, network: offer.network };
    if (!plainHeadersAgree(facts.plain, shown)) return unpayable("headers_disagree");
  }
  if (!acceptable(base, terms)) return unpayable("terms_unacceptable");
  const receipts = onOrigin(terms.receipts, facts.url);
  if (!receipts) return unpayable("receipts_origin");
  const notices: Notice[] = [...base.notices];
  if (terms.exitDelay > EXIT_DELAY.default) notices.push("long_exit_delay");
  return { kind: "payable", offer: { ...base, scheme: "state-channel", terms, contract, receipts, notices } };
}

function acceptable({ offer }: AssessedBase, terms: StateChannelExtra): boolean {
  return (
    terms.challengePeriod >= CHALLENGE_PERIOD.default &&
    terms.payeeSigner !== NATIVE &&
    offer.payTo !== NATIVE &&
    offer.payTo !== terms.contract
  );
}

/**
 * The URL of the channel endpoints if it lies on the origin that was asked, without a trailing slash. A server behind a
 * TLS proxy may name itself by http: the endpoints are then asked by https like the resource was.
 */
function onOrigin(receipts: string, asked: string): string | undefined {
  const [url, origin] = [parseUrl(receipts), parseUrl(asked)];
  if (!url || !origin || url.host !== origin.host || url.username || url.password || url.search || url.hash) {
    return undefined;
  }
  return `${origin.origin}${url.pathname.replace(/\/+$/, "")}`;
}
