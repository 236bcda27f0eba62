/** Amounts, hosts and payments as the screens are shown them. */
import { findNetwork, findToken, type Network } from "@tollpass/protocol";
import type { PaymentRecord } from "#ledger";
import type { Connection, Money, PaymentView } from "#messages";
import { isLoopback } from "#schemes";

/** An amount with the registry's own words for its asset; an asset that left the registry shows bare units. */
export function moneyOf(networks: readonly Network[], networkId: string, asset: string, atomic: bigint): Money {
  const network = findNetwork(networks, networkId);
  const token = network && findToken(network, asset);
  return {
    atomic: atomic.toString(),
    decimals: token?.decimals ?? 0,
    symbol: token?.symbol ?? "units",
    dollar: token?.dollar ?? false,
  };
}

/** Host of an origin, or the text itself where it is none. */
export function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? origin;
}

export function connectionOf(origin: string): Connection {
  const url = URL.parse(origin);
  if (url?.protocol === "https:") return "https";
  return url && isLoopback(url.hostname) ? "this_computer" : "open";
}

export function paymentView(networks: readonly Network[], payment: PaymentRecord): PaymentView {
  const { network, asset, charged } = payment;
  return {
    id: payment.id,
    at: payment.createdAt,
    site: payment.site,
    host: payment.site === "" ? "" : hostOf(payment.site),
    label: payment.title ?? "",
    url: payment.url ?? "",
    amount: moneyOf(networks, network, asset, payment.amount),
    ...(charged === undefined ? {} : { charged: moneyOf(networks, network, asset, charged) }),
    state: payment.state === "planned" ? "reserved" : payment.state,
    scheme: payment.scheme,
    ...(payment.reason === undefined ? {} : { reason: payment.reason }),
  };
}
