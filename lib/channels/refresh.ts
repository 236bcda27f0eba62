/** Brings what the wallet remembers of its channels up to what the chain says. The chain is right. */
import { depositNonce } from "@tollpass/protocol";
import type { Hex } from "viem";
import type { BlockRef, Chain, OnChainChannel } from "#chain";
import type { ChannelPatch, ChannelRecord } from "#ledger";
import { type ChannelPorts, placeOf } from "./ports.ts";

/**
 * Reads every channel that is not closed (or those of the given ids) and journals deposit, settlement, exit and end.
 * Throws ChainError where a chain cannot be read; channels of other chains are still brought up to date.
 */
export async function refreshChannels(ports: ChannelPorts, ids?: readonly Hex[]): Promise<void> {
  const all = await ports.ledger.listChannels();
  const wanted = all.filter(({ id, status }) => (ids ? ids.includes(id) : status !== "closed"));
  const byNetwork = Map.groupBy(wanted, ({ key }) => key.network);
  const failures: unknown[] = [];
  for (const records of byNetwork.values()) {
    try {
      await refreshNetwork(ports, records);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function refreshNetwork(ports: ChannelPorts, records: readonly ChannelRecord[]): Promise<void> {
  const [first] = records;
  if (!first) return;
  const chain = ports.chainOf(placeOf(ports, first).network);
  // Deposits first: one that arrived by then is in the states that are read after it.
  const fates = await Promise.all(records.map((record) => fateOf(ports, chain, record)));
  const { block, channels } = await chain.channelStates(records.map(({ id }) => id));
  for (const [index, record] of records.entries()) {
    const seen = channels[index];
    if (!seen) continue;
    await ports.ledger.updateChannel(record.id, (stored) => {
      const same = stored.pendingDeposit?.salt === record.pendingDeposit?.salt;
      return patchOf(stored, seen, block, same ? fates[index] : undefined, placeOf(ports, stored).token.eip3009);
    });
  }
}

/** - `used`: it arrived, or was cancelled. - `lapsed`: its time has passed on chain unused, so it never will. */
type Fate = "used" | "lapsed" | undefined;

/** What the chain proves about a signed deposit. One without an authorization is known by its amount alone. */
async function fateOf(ports: ChannelPorts, chain: Chain, record: ChannelRecord): Promise<Fate> {
  const { pendingDeposit } = record;
  if (!pendingDeposit || !placeOf(ports, record).token.eip3009) return undefined;
  const nonce = depositNonce(record.id, pendingDeposit.salt);
  const { used, block } = await chain.authorizationUsed(record.key.asset, record.key.account, nonce);
  if (used) return "used";
  // Both clocks have to be past it: a server that lies about the block's time alone makes nobody sign a second deposit.
  const seconds = BigInt(Math.floor(ports.now() / 1000));
  const over = BigInt(block.timestamp) >= pendingDeposit.validBefore && seconds >= pendingDeposit.validBefore;
  return over ? "lapsed" : undefined;
}

function patchOf(
  stored: ChannelRecord,
  seen: OnChainChannel,
  block: BlockRef,
  fate: Fate,
  byAuthorization: boolean,
): ChannelPatch {
  if (block.number < stored.depositBlock) return {};
  const { deposit, settled, exitAt, refundNonce } = seen;
  switch (seen.status) {
    case "none":
      // Nothing was ever paid in and nothing can be any more: the next payment opens another channel.
      return fate === "lapsed" ? { status: "closed", pendingDeposit: undefined } : {};
    case "open": {
      const added = stored.pendingDeposit && deposit >= stored.deposit + stored.pendingDeposit.amount;
      // Anyone may open a channel for us with a gift: only the authorization itself tells whether ours is still out.
      const over = fate !== undefined || (added && !byAuthorization);
      const reopened = stored.status === "closing" && block.timestamp > (stored.closeDeadline ?? 0);
      return {
        deposit,
        settled: later(stored.settled, settled),
        refundNonce: Math.max(stored.refundNonce, refundNonce),
        depositBlock: block.number,
        ...(stored.status === "opening" ? { status: "open" as const } : {}),
        ...(reopened ? { status: "open" as const, closeDeadline: undefined } : {}),
        ...(over ? { pendingDeposit: undefined } : {}),
      };
    }
    case "exiting":
    case "closing":
    case "closed":
      return {
        deposit,
        settled: later(stored.settled, settled),
        refundNonce: Math.max(stored.refundNonce, refundNonce),
        depositBlock: block.number,
        exitAt,
        status: seen.status,
        pendingDeposit: undefined,
      };
  }
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * A provider's receipt for a payment that carried a deposit says that the deposit is confirmed: the channel can be used
 * at once. It stays pending until the chain shows it; if the provider lied, its claims find nothing to take, and once
 * the authorization has lapsed the channel is over.
 */
export function depositAccepted(ports: Pick<ChannelPorts, "ledger">, id: Hex, salt: Hex): Promise<ChannelRecord> {
  return ports.ledger.updateChannel(id, (stored) => {
    const { pendingDeposit } = stored;
    if (pendingDeposit?.salt !== salt) return {};
    return {
      pendingDeposit: { ...pendingDeposit, accepted: true },
      ...(stored.status === "opening" ? { status: "open" as const } : {}),
    };
  });
}
