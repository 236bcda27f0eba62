/** Closing a channel of which this wallet knows the terms alone, together with its site, which knows the rest. */
import type { Last } from "@tollpass/protocol";
import type { Hex } from "viem";
import type { ChannelRecord } from "#ledger";
import { adoptLast, closeRequest } from "#schemes";
import { ProviderError, postToChannel } from "./endpoint.ts";
import { asChannelError, type Done, deadlineOf } from "./leave.ts";
import { ChannelError, type ChannelPorts, placeOf, requireChannel, sign, snapshotOf } from "./ports.ts";
import { refreshChannels } from "./refresh.ts";
import { channelsUrlOf } from "./relayers.ts";

/**
 * Asks the site of a `restored` channel to close it at once. `site` is its address as the person typed it, needed where
 * the channel was found on chain. First nothing more than what the site already took is offered; if it shows a state that
 * this phrase signed, it is offered what that state lets it take, less what any receipt of it gives back, and never more.
 * Throws ChannelError: `unknown_site` without an address, else as `closeChannel`.
 */
export async function closeRestored(ports: ChannelPorts, id: Hex, site?: string): Promise<Done> {
  const record = await requireChannel(ports.ledger, id);
  if (record.status !== "restored") throw new ChannelError("channel_unusable", "This channel is not out of date.");
  const place = site === undefined ? record.receiptsUrl : channelsUrlOf(site);
  if (!place) throw new ChannelError("unknown_site", "It is not known at which address this site is.");
  const known = record.gross - record.released;
  const least = known > record.settled ? known : record.settled;
  try {
    const { transaction } = await ask(ports, record, place, least).catch(async (error: unknown) => {
      if (!(error instanceof ProviderError) || !error.last) throw error;
      const due = await dueBy(ports, record, error.last);
      if (due === undefined || due <= least) throw error;
      // It holds what only this phrase can have signed, so this is the site: it may also pass an exit on.
      await ports.ledger.updateChannel(id, () => ({ receiptsUrl: place, relay: true }));
      return ask(ports, record, place, due);
    });
    await refreshChannels(ports, [id]).catch(() => undefined);
    return { transaction };
  } catch (error) {
    await refreshChannels(ports, [id]).catch(() => undefined);
    if ((await requireChannel(ports.ledger, id)).status === "closed") return {};
    throw asChannelError(error);
  }
}

/** The most that the site could take with what it shows: undefined where this phrase did not sign it. */
async function dueBy(ports: ChannelPorts, record: ChannelRecord, last: Last): Promise<bigint | undefined> {
  const { network } = placeOf(ports, record);
  const adopted = await adoptLast(snapshotOf(record, network.chainId), last);
  if (!adopted) return undefined;
  const { owed, credited } = last.state;
  // What was shown may be old: its receipts that are kept here count as much as the one that it shows.
  const givenBack = [adopted.receipt?.credited, record.credited, record.latestReceipt?.credited].reduce<bigint>(
    (most, each) => (each !== undefined && each > most ? each : most),
    credited,
  );
  const authorized = owed + credited;
  const due = authorized > givenBack ? authorized - givenBack : 0n;
  return due < record.deposit ? due : record.deposit;
}

async function ask(ports: ChannelPorts, record: ChannelRecord, place: string, paid: bigint) {
  const { network } = placeOf(ports, record);
  const snapshot = snapshotOf(record, network.chainId);
  const made = closeRequest(snapshot, { charged: paid, inFlight: 0, deadline: deadlineOf(ports) });
  if (made.kind === "refuse") throw new ChannelError("channel_unusable", "This channel cannot be closed now.");
  const signature = await sign(ports.vault, made.request.signing);
  return postToChannel(ports.fetch, place, record.id, JSON.parse(made.request.body(signature)));
}
