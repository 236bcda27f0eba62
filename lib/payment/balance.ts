/** What an account can still promise: its balance on chain less everything that was signed and was not seen there. */
import type { Network, Token } from "@tollpass/protocol";
import type { Address } from "viem";
import type { PaymentPorts } from "./ports.ts";

/**
 * In atomic units, never below zero. `exact` payments that are under way are subtracted whichever account makes them:
 * for a moment that may be too little for another account, never too much.
 * Throws ChainError if the chain cannot be read.
 */
export async function freeBalance(
  ports: Pick<PaymentPorts, "ledger" | "chainOf">,
  network: Network,
  token: Token,
  owner: Address,
): Promise<bigint> {
  const { ledger } = ports;
  const [channels, unsettled, said] = await Promise.all([
    ledger.listChannels(),
    ledger.unsettled(),
    ledger.awaitingChain(),
  ]);
  // The chain after the journal: what arrives in between is subtracted twice for a moment, never not at all.
  const balance = await ports.chainOf(network).tokenBalance(token.address, owner);
  let promised = 0n;
  for (const { key, pendingDeposit } of channels) {
    const same = key.network === network.id && key.asset === token.address && key.account === owner;
    if (same && pendingDeposit) promised += pendingDeposit.amount;
  }
  for (const { scheme, network: on, asset, amount } of [...unsettled, ...said]) {
    if (scheme === "exact" && on === network.id && asset === token.address) promised += amount;
  }
  return balance > promised ? balance - promised : 0n;
}
