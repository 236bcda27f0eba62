/** The wallet's channels as it keeps them. What was signed can only be added to: totals that may not fall do not fall. */
import type { Hex } from "viem";
import { payingChannel } from "./channelStep.ts";
import type { Database } from "./database.ts";
import { LedgerError } from "./errors.ts";
import { type ChannelKey, type ChannelRecord, type ChannelStatus, channelRecordSchema, toRow } from "./rows.ts";

/** Fixed when the channel was made, or changed by the journal alone. */
const FIXED = ["id", "scheme", "key", "terms", "createdAt", "gross", "released", "earned"] as const;
/** May rise and never falls. */
const RISING = ["nonce", "authorized", "credited", "signedEarned", "acknowledged"] as const;

export type ChannelPatch = Partial<Omit<ChannelRecord, (typeof FIXED)[number]>>;

/**
 * Stores a channel that no payment opens: one found on chain (`restored`) or opened by hand. Throws `guard` if the
 * channel is known already.
 */
export function putChannel(db: Database, record: ChannelRecord): Promise<ChannelRecord> {
  return db.write(["channels"], async () => {
    if (await db.channels.get(record.id)) throw new LedgerError("guard", "This channel is in the ledger already.");
    if (record.gross !== 0n || record.earned !== 0n || record.released !== 0n) {
      throw new LedgerError("guard", "A channel starts without payments; only the journal adds them.");
    }
    await db.channels.add(checked(record));
    return record;
  });
}

/**
 * Changes a channel in one transaction. `change` sees the stored record and returns what is to be different; it must
 * not wait. A key given as undefined is removed. Throws `guard` where a signed total would fall, or where a closed channel
 * would open without a new reading of the chain (`readAt`). To
 * acknowledge: take the next nonce and set `signedEarned` here, sign from the record returned, and set `acknowledged`
 * once the payee has answered.
 */
export function updateChannel(
  db: Database,
  id: Hex,
  change: (channel: ChannelRecord) => ChannelPatch,
): Promise<ChannelRecord> {
  return db.write(["channels"], async () => {
    const before = await db.channels.get(id);
    if (!before) throw new LedgerError("not_found", "There is no such channel.");
    const patch = change(before);
    const after: ChannelRecord = { ...before, ...patch };
    for (const field of FIXED) if (after[field] !== before[field]) throw fixed(field);
    for (const field of RISING) {
      if (after[field] < before[field]) throw new LedgerError("guard", `A channel's ${field} never falls.`);
    }
    if (before.status === "closed" && after.status !== "closed" && after.readAt === before.readAt) {
      throw new LedgerError("guard", "A closed channel stays closed unless the chain shows otherwise.");
    }
    if (after.signedEarned > after.earned && after.signedEarned !== before.signedEarned) {
      throw new LedgerError("guard", "No more can be acknowledged than was earned.");
    }
    await db.channels.put(checked(after));
    return after;
  });
}

const fixed = (field: string) => new LedgerError("guard", `A channel's ${field} is not changed by hand.`);

function checked(record: ChannelRecord): ChannelRecord {
  const result = channelRecordSchema.safeParse(toRow(record));
  if (!result.success) throw new LedgerError("guard", "The channel is not in range.", { cause: result.error });
  return record;
}

export function getChannel(db: Database, id: Hex): Promise<ChannelRecord | undefined> {
  return db.read(() => db.channels.get(id));
}

/** The channel that would pay now: open, else opening; never one that is on its way out or was restored. */
export function getChannelFor(db: Database, key: ChannelKey): Promise<ChannelRecord | undefined> {
  return db.read(async () => payingChannel(await db.channels.where("payeeOrigin", key.payeeOrigin), key));
}

export interface ChannelFilter {
  readonly status?: readonly ChannelStatus[] | undefined;
  readonly payeeOrigin?: string | undefined;
}

/** Every channel whose row can be read, newest first: one that is damaged must not keep the others from being watched. */
export async function readableChannels(db: Database): Promise<ChannelRecord[]> {
  const { records } = await db.read(() => db.channels.whatCanBeRead());
  return records.toSorted((a, b) => b.createdAt - a.createdAt);
}

/** Channels, newest first. */
export async function listChannels(db: Database, filter: ChannelFilter = {}): Promise<ChannelRecord[]> {
  const { status, payeeOrigin } = filter;
  const found = await db.read(() =>
    payeeOrigin === undefined ? db.channels.all() : db.channels.where("payeeOrigin", payeeOrigin),
  );
  return found
    .filter((channel) => status === undefined || status.includes(channel.status))
    .sort((a, b) => b.createdAt - a.createdAt);
}
