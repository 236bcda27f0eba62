/** What an account can still promise: its balance on chain less everything that was signed and has not arrived there. */
import type { Network, Token } from "@tollpass/protocol";
import type { Address } from "viem";
import type { PaymentPorts } from "./ports.ts";

/** In atomic units, never below zero. Throws ChainError if the chain cannot be read. */
export async function freeBalance(
  ports: Pick<PaymentPorts, "ledger" | "chainOf">,
  network: Network,
  token: Token,
  owner: Address,
): Promise<bigint> {
  const balance = await ports.chainOf(network).tokenBalance(token.address, owner);
  const [channels, unsettled] = await Promise.all([ports.ledger.listChannels(), ports.ledger.unsettled()]);
  let promised = 0n;
  for (const { key, pendingDeposit } of channels) {
    const same = key.network === network.id && key.asset === token.address && key.account === owner;
    if (same && pendingDeposit) promised += pendingDeposit.amount;
  }
  for (const { scheme, network: on, asset, amount } of unsettled) {
    if (scheme === "exact" && on === network.id && asset === token.address) promised += amount;
  }
  return balance > promised ? balance - promised : 0n;
}
