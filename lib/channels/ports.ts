/** What the life of a channel needs from the rest of the wallet, and how its records are seen by the schemes. */
import type { Network, Token } from "@tollpass/protocol";
import { findNetwork, findToken } from "@tollpass/protocol";
import type { Hex } from "viem";
import type { Chain } from "#chain";
import type { ChannelRecord, Ledger } from "#ledger";
import type { ChannelSnapshot, SigningRequest } from "#schemes";
import type { StorageArea, Vault } from "#vault";

export interface ChannelPorts {
  readonly ledger: Ledger;
  readonly vault: Vault;
  /** The networks that the wallet knows. */
  readonly networks: () => readonly Network[];
  /** Reads and transactions on one of them. */
  readonly chainOf: (network: Network) => Chain;
  readonly fetch: typeof fetch;
  /** Small settings and progress at rest: `storage.local`. Nothing that money depends on. */
  readonly local: StorageArea;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** - `unknown`: no such channel. - `unusable`: its state does not allow this. - `pending`: payments have to settle first. */
export type ChannelProblem =
  | "unknown_channel"
  | "channel_unusable"
  | "payments_pending"
  | "nothing_unused"
  | "provider_unreachable"
  | "provider_refused"
  | "no_relayer"
  | "unknown_site"
  | "exit_not_due"
  | "not_confirmed";

/** Why something could not be done with a channel. `detail` is safe to show. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  readonly problem: ChannelProblem;
  /** With `no_relayer`: what sending it with own gas costs and what the account has, in wei, where that is too little. */
  readonly short: { readonly need: bigint; readonly have: bigint } | undefined;

  constructor(problem: ChannelProblem, detail: string, short?: { readonly need: bigint; readonly have: bigint }) {
    super(detail);
    this.problem = problem;
    this.short = short;
  }
}

/** The schemes' view of a channel record. */
export function snapshotOf(record: ChannelRecord, chainId: number): ChannelSnapshot {
  const { id, key, terms, status, deposit, pendingDeposit, nonce, authorized, gross, credited, earned } = record;
  return {
    id,
    contract: { chainId, address: key.contract },
    channel: terms,
    status,
    deposit: pendingDeposit?.accepted ? deposit + pendingDeposit.amount : deposit,
    pendingDeposit,
    nonce,
    authorized,
    gross,
    credited,
    earned,
  };
}

/** Network and token of a channel. Both are there: a channel is only ever made on a network of the registry. */
export function placeOf(
  ports: Pick<ChannelPorts, "networks">,
  record: ChannelRecord,
): { network: Network; token: Token } {
  const network = findNetwork(ports.networks(), record.key.network);
  const token = network && findToken(network, record.key.asset);
  if (!network || !token) {
    throw new ChannelError("channel_unusable", "The network of this channel is not one that this wallet knows.");
  }
  return { network, token };
}

/** Signs one request with the key that it names. */
export function sign(vault: Vault, request: SigningRequest): Promise<Hex> {
  const { key, typedData } = request;
  switch (key.kind) {
    case "account":
      return vault.signWithAccount(key.address, typedData);
    case "session":
      return vault.signWithSession(key.channelSalt, typedData);
  }
}

/** The channel, or `unknown_channel`. */
export async function requireChannel(ledger: Ledger, id: Hex): Promise<ChannelRecord> {
  const record = await ledger.getChannel(id);
  if (!record) throw new ChannelError("unknown_channel", "This channel is not known to this wallet.");
  return record;
}
