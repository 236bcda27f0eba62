/** What became of a signed EIP-3009 authorization: the one rule by which deposits and payments are held to be over. */
import type { Address, Hex } from "viem";
import type { Chain } from "./chain.ts";
import type { BlockRef } from "./reads.ts";

/** - `taken`: used, or cancelled. - `lapsed`: its time has passed unused, so it never will be. As of that block. */
export interface AuthorizationFate {
  readonly kind: "taken" | "lapsed";
  readonly block: BlockRef;
}

/**
 * What the chain proves of an authorization; undefined while it may still be used. `validBefore` in seconds, `now` in
 * milliseconds since 1970. Throws ChainError.
 */
export async function authorizationFate(
  chain: Pick<Chain, "authorizationUsed">,
  signed: { readonly token: Address; readonly from: Address; readonly nonce: Hex; readonly validBefore: bigint },
  now: number,
): Promise<AuthorizationFate | undefined> {
  const { used, block } = await chain.authorizationUsed(signed.token, signed.from, signed.nonce);
  if (used) return { kind: "taken", block };
  // Both clocks have to be past it: a server that lies about the block's time alone refills no budget and makes nobody
  // sign a second deposit.
  const seconds = BigInt(Math.floor(now / 1000));
  const over = BigInt(block.timestamp) >= signed.validBefore && seconds >= signed.validBefore;
  return over ? { kind: "lapsed", block } : undefined;
}
