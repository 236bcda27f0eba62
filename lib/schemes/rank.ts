/** Which of several payable offers is taken, and what of an offer a site's grant pins. */
import type { ChannelSnapshot, PayableOffer } from "./scheme.ts";
import { channelFits } from "./state-channel/plan.ts";

/**
 * The offers, best first: one that an open channel can pay, then state channels, then `exact`; among those the cheaper
 * first where both are in dollars, dollars before other tokens, and else as the server lists them.
 */
export function rankOffers(
  offers: readonly PayableOffer[],
  channels: readonly ChannelSnapshot[],
): readonly PayableOffer[] {
  const rank = (offer: PayableOffer): number => {
    if (offer.scheme === "exact") return 2;
    const open = channels.some((channel) => channel.status === "open" && channelFits(channel, offer));
    return open ? 0 : 1;
  };
  return offers
    .map((offer, listed) => ({ offer, listed, rank: rank(offer) }))
    .sort((a, b) => a.rank - b.rank || byPrice(a.offer, b.offer) || a.listed - b.listed)
    .map(({ offer }) => offer);
}

function byPrice(a: PayableOffer, b: PayableOffer): number {
  if (a.token.dollar !== b.token.dollar) return a.token.dollar ? -1 : 1;
  if (!a.token.dollar) return 0;
  const left = a.offer.amount * 10n ** BigInt(b.token.decimals);
  const right = b.offer.amount * 10n ** BigInt(a.token.decimals);
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * What a site's grant remembers of an offer: if any of it changes, the person is asked again. Two offers are of one
 * payee exactly if their pins are equal as text.
 */
export function pinsOf({ offer, ...payable }: PayableOffer): Readonly<Record<string, string>> {
  const { network, asset, payTo, scheme } = offer;
  if (payable.scheme === "exact") return { scheme, network, asset, payTo };
  const { contract, payeeSigner } = payable.terms;
  return { scheme, network, asset, payTo, contract, payeeSigner };
}
