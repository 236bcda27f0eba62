/** Brings what the wallet remembers of its channels up to what the chain says. The chain is right; one server may lie. */
import { depositNonce } from "@tollpass/protocol";
import type { Hex } from "viem";
import { type AuthorizationFate, authorizationFate, type BlockRef, type Chain, type OnChainChannel } from "#chain";
import type { ChannelPatch, ChannelRecord } from "#ledger";
import { challengeClose } from "./dispute.ts";
import { type ChannelPorts, placeOf } from "./ports.ts";

/** For so long a channel that is said to be closed is read again, in milliseconds. */
const CLOSED_READ = 7 * 86_400_000;
/** After so long without a believable reading the next one is believed, in milliseconds. */
const PATIENCE = 3_600_000;
/** The most blocks that a chain makes, at once and in a second. */
const BURST = 5_000;
const PER_SECOND = 20;

/**
 * Reads every channel that has not been closed for days (or those of the given ids) and journals deposit, settlement,
 * exit and end. What one server says can be taken back by the next reading: nothing is forgotten for it.
 * A close by the payee that takes too much is challenged (`dispute.ts`).
 * Throws ChainError where a chain cannot be read; channels of other chains are still brought up to date, and wait for
 * none of its servers. Nobody but the chains is asked.
 */
export async function refreshChannels(ports: ChannelPorts, ids?: readonly Hex[]): Promise<void> {
  const all = await ports.ledger.readableChannels();
  const now = ports.now();
  const wanted = all.filter((record) => (ids ? ids.includes(record.id) : !surelyClosed(record, now)));
  const byNetwork = [...Map.groupBy(wanted, ({ key }) => key.network).values()];
  const read = await Promise.allSettled(byNetwork.map((records) => refreshNetwork(ports, records)));
  for (const result of read) if (result.status === "rejected") throw result.reason;
}

/** Whether a channel has been closed for so long that it is not read any more: until then a server may have lied. */
export const surelyClosed = ({ status, closedAt = 0 }: ChannelRecord, now: number): boolean =>
  status === "closed" && closedAt <= now - CLOSED_READ;

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
    const fate = fates[index];
    let believed = false;
    const after = await ports.ledger.updateChannel(record.id, (stored) => {
      believed = believable(stored, block.number, ports.now());
      if (!believed) return {};
      const same = stored.pendingDeposit?.salt === record.pendingDeposit?.salt;
      // A server that lags behind does not show yet what another one saw arrive.
      const known =
        same && fate && !(fate.kind === "taken" && fate.block.number > block.number) ? fate.kind : undefined;
      return patchOf(stored, { seen, block, fate: known, now: ports.now() }, placeOf(ports, stored).token.eip3009);
    });
    if (believed) await challengeClose(ports, chain, after, block.timestamp);
  }
}

/**
 * Whether a block of that number can come after the last one read: not before it, and not further ahead than a chain
 * grows. Where nothing was believed for an hour the last number itself may have been the lie.
 */
function believable({ depositBlock, readAt }: ChannelRecord, number: bigint, now: number): boolean {
  if (readAt === undefined || now - readAt > PATIENCE || now < readAt) return true;
  const growth = BigInt(BURST + Math.ceil(((now - readAt) / 1000) * PER_SECOND));
  return number >= depositBlock && number <= depositBlock + growth;
}

/** What the chain proves about a signed deposit. One without an authorization is known by its amount alone. */
async function fateOf(
  ports: ChannelPorts,
  chain: Chain,
  record: ChannelRecord,
): Promise<AuthorizationFate | undefined> {
  const { pendingDeposit } = record;
  if (!pendingDeposit || !placeOf(ports, record).token.eip3009) return undefined;
  const { asset: token, account: from } = record.key;
  const nonce = depositNonce(record.id, pendingDeposit.salt);
  return authorizationFate(chain, { token, from, nonce, validBefore: pendingDeposit.validBefore }, ports.now());
}

interface Reading {
  readonly seen: OnChainChannel;
  readonly block: BlockRef;
  readonly fate: AuthorizationFate["kind"] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

function patchOf(stored: ChannelRecord, { seen, block, fate, now }: Reading, byAuthorization: boolean): ChannelPatch {
  const { deposit, settled, exitAt, refundNonce } = seen;
  const read = { depositBlock: block.number, readAt: now };
  const { payeeClose } = seen;
  const facts = { ...read, deposit, settled, exitAt, refundNonce, payeeClose };
  const over = { pendingDeposit: undefined };
  switch (seen.status) {
    case "none":
      // Nothing was ever paid in and nothing can be any more: the next payment opens another channel.
      return fate === "lapsed" ? { ...read, ...closed(stored, now), ...over } : {};
    case "open": {
      const added = stored.pendingDeposit && deposit >= stored.deposit + stored.pendingDeposit.amount;
      // Anyone may open a channel for us with a gift: only the authorization itself tells whether ours is still out.
      const done = fate !== undefined || (added && !byAuthorization);
      return { ...facts, ...standing(stored, block), closedAt: undefined, ...(done ? over : {}) };
    }
    case "exiting":
    case "closing":
    case "closed":
      return {
        ...facts,
        ...(seen.status === "closed" ? closed(stored, now) : { status: seen.status, closedAt: undefined }),
        ...outOfDate(stored),
        // What was signed may still arrive if this was not true; without an authorization nothing more can.
        ...(fate !== undefined || !byAuthorization ? over : {}),
      };
  }
}

/** What a channel is that the chain shows open: still closing while a signed close is out, unpayable if out of date. */
function standing(stored: ChannelRecord, block: BlockRef): ChannelPatch {
  if (stored.status === "restored" || stored.outOfDate) return { status: "restored", outOfDate: undefined };
  if (block.timestamp <= (stored.closeDeadline ?? 0)) return { status: "closing" };
  return { status: "open", closeDeadline: undefined };
}

const outOfDate = ({ status }: ChannelRecord): ChannelPatch => (status === "restored" ? { outOfDate: true } : {});

const closed = ({ closedAt }: ChannelRecord, now: number): ChannelPatch => ({
  status: "closed",
  closedAt: closedAt ?? now,
});

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
