/**
 * The plain headers X-Price, X-Contract, X-Network, X-Nonce: a display of the state-channel offer beside it. They must
 * agree with it, else nothing is paid (protocol section 5).
 */
import type { Address } from "viem";
import { addressSchema } from "./address.ts";
import { formatUnits, parsePrice } from "./amount.ts";
import { ProtocolError } from "./error.ts";
import type { Token } from "./registry.ts";

export interface PlainHeaders {
  readonly price: string;
  readonly symbol: string;
  readonly contract: Address;
  readonly network?: string | undefined;
  readonly nonce?: string | undefined;
}

/** The plain headers of an answer, or undefined if it has none. Throws `malformed_header` if they cannot be read. */
export function parsePlainHeaders(get: (name: string) => string | null | undefined): PlainHeaders | undefined {
  const priceText = get("x-price");
  const contractText = get("x-contract");
  if (!priceText && !contractText) return undefined;
  const network = get("x-network") || undefined;
  const nonce = get("x-nonce") || undefined;
  const price = /^([0-9]{1,20}(?:\.[0-9]{1,18})?) ([A-Za-z0-9.]{1,16})$/.exec(priceText ?? "");
  const contract = addressSchema.safeParse(contractText);
  const readable = (network?.length ?? 0) <= 64 && /^[0-9]{0,20}$/.test(nonce ?? "");
  if (!price || !contract.success || !readable) {
    throw new ProtocolError("malformed_header", "X-Price, X-Contract, X-Network or X-Nonce cannot be read");
  }
  const [, amount = "", symbol = ""] = price;
  return {
    price: amount,
    symbol,
    contract: contract.data,
    network,
    nonce,
  };
}

/** The plain headers that display an offer of `amount` atomic units of `token`. */
export function plainHeadersOf(offer: {
  amount: bigint;
  token: Pick<Token, "symbol" | "decimals">;
  contract: Address;
  network: string;
  nonce?: bigint | undefined;
}): Record<string, string> {
  return {
    "X-Price": `${formatUnits(offer.amount, offer.token.decimals)} ${offer.token.symbol}`,
    "X-Contract": offer.contract,
    "X-Network": offer.network,
    ...(offer.nonce === undefined ? {} : { "X-Nonce": offer.nonce.toString() }),
  };
}

/** Whether the plain headers say the same as the offer: amount to the unit, symbol, contract and network. */
export function plainHeadersAgree(
  plain: PlainHeaders,
  offer: { amount: bigint; token: Pick<Token, "symbol" | "decimals">; contract: Address; network: string },
): boolean {
  let price: bigint;
  try {
    price = parsePrice(plain.price, offer.token.decimals);
  } catch {
    return false;
  }
  return (
    price === offer.amount &&
    plain.symbol === offer.token.symbol &&
    plain.contract === offer.contract &&
    (plain.network === undefined || plain.network === offer.network)
  );
}
