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
  const { block, channels } = await chain.channelStates(records.map(({ id }) => id));
  for (const [index, record] of records.entries()) {
    const seen = channels[index];
    if (!seen) continue;
    const lapsed = seen.status === "none" && (await depositLapsed(chain, record));
    await ports.ledger.updateChannel(record.id, (stored) => patchOf(stored, seen, block, lapsed));
  }
}

/** Whether a deposit that was signed can never arrive any more: its time has passed on chain and it was not used. */
async function depositLapsed(chain: Chain, record: ChannelRecord): Promise<boolean> {
  const { pendingDeposit } = record;
  if (!pendingDeposit) return false;
  const nonce = depositNonce(record.id, pendingDeposit.salt);
  const { used, block } = await chain.authorizationUsed(record.key.asset, record.key.account, nonce);
  return !used && BigInt(block.timestamp) >= pendingDeposit.validBefore;
}

function patchOf(stored: ChannelRecord, seen: OnChainChannel, block: BlockRef, lapsed: boolean): ChannelPatch {
  if (block.number < stored.depositBlock) return {};
  const { deposit, settled, exitAt, refundNonce } = seen;
  switch (seen.status) {
    case "none":
      // Nothing was ever paid in and nothing can be any more: the next payment opens another channel.
      return lapsed ? { status: "closed", pendingDeposit: undefined } : {};
    case "open": {
      const arrived = stored.pendingDeposit && deposit >= stored.deposit + stored.pendingDeposit.amount;
      return {
        deposit,
        settled: later(stored.settled, settled),
        refundNonce: Math.max(stored.refundNonce, refundNonce),
        depositBlock: block.number,
        ...(stored.status === "opening" ? { status: "open" as const } : {}),
        ...(arrived || stored.status === "opening" ? { pendingDeposit: undefined } : {}),
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
 * at once, and the chain is asked in its own time. If the provider lied, its claims find nothing to take.
 */
export function depositAccepted(ports: Pick<ChannelPorts, "ledger">, id: Hex, salt: Hex): Promise<ChannelRecord> {
  return ports.ledger.updateChannel(id, (stored) => {
    const { pendingDeposit } = stored;
    if (pendingDeposit?.salt !== salt) return {};
    return {
      deposit: stored.deposit + pendingDeposit.amount,
      pendingDeposit: undefined,
      ...(stored.status === "opening" ? { status: "open" as const } : {}),
    };
  });
}
