/** The ways out of a channel together with its provider, at once; and transactions with own gas. */

import type { Hex } from "viem";
import { closeRequest, refundRequest, unusedDeposit } from "#schemes";
import { ProviderError, postToChannel } from "./endpoint.ts";
import { weighLast } from "./forgotten.ts";
import { ChannelError, type ChannelPorts, placeOf, requireChannel, sign, snapshotOf } from "./ports.ts";
import { refreshChannels } from "./refresh.ts";

/** Seconds for which a signed close, refund or request to exit can be relayed. */
const VALIDITY = 600;

/** What was done on chain; undefined while it is not known. */
export interface Done {
  readonly transaction?: Hex | undefined;
}

export const deadlineOf = (ports: ChannelPorts): number => Math.floor(ports.now() / 1000) + VALIDITY;

/**
 * Asks the provider to close: it gets what its receipts say, the rest comes back in the same transaction. From the first
 * step on nothing more is paid from this channel. Throws ChannelError: after `provider_unreachable` the channel stays
 * closing until the signed close has run out, in all other cases it is as usable as before. May be repeated.
 */
export async function closeChannel(ports: ChannelPorts, id: Hex): Promise<Done> {
  const { ledger } = ports;
  const before = await requireChannel(ledger, id);
  if (before.status !== "open" && before.status !== "exiting" && before.status !== "closing") {
    throw new ChannelError("channel_unusable", "Only an open channel can be closed.");
  }
  const again = before.status === "closing" && (before.closeDeadline ?? 0) > deadlineOf(ports) - VALIDITY;
  const closeDeadline = again ? (before.closeDeadline ?? 0) : deadlineOf(ports);
  // First of all: once this is written no payment can be reserved in the channel, so what it owes stands still.
  await ledger.updateChannel(id, () => ({ status: "closing", closeDeadline }));
  const asBefore = () =>
    ledger.updateChannel(id, ({ status, payeeClose, outOfDate }) => {
      if (status !== "closing" || again) return {};
      const notAsked = { closeDeadline: undefined };
      // What the payee began on chain goes on.
      if (payeeClose) return notAsked;
      if (before.status === "exiting") return { ...notAsked, status: "exiting" };
      return { ...notAsked, ...(outOfDate ? { status: "restored", outOfDate: undefined } : { status: "open" }) };
    });
  let body: Parameters<typeof postToChannel>[3];
  try {
    body = await signedClose(ports, id, closeDeadline);
  } catch (error) {
    await asBefore();
    throw error;
  }
  try {
    const { transaction } = await postToChannel(ports.fetch, before.receiptsUrl, id, body);
    await refreshChannels(ports, [id]).catch(() => undefined);
    return { transaction };
  } catch (error) {
    await refreshChannels(ports, [id]).catch(() => undefined);
    if ((await requireChannel(ledger, id)).status === "closed") return {};
    if (error instanceof ProviderError && error.kind === "refused") await asBefore();
    if (error instanceof ProviderError && error.last) await weighLast(ports, id, error.last);
    throw asChannelError(error);
  }
}

/** The signed message for a channel in which nothing can be reserved any more. */
async function signedClose(ports: ChannelPorts, id: Hex, deadline: number) {
  const { records, unreadable } = await ports.ledger.unsettledOf(id);
  const inFlight = records.length;
  const record = await requireChannel(ports.ledger, id);
  const { network } = placeOf(ports, record);
  const owed = record.authorized - record.credited;
  const net = record.gross - record.released;
  // Payments that cannot be read count as charged in full, and still no more is paid than any state signed.
  const charged = unreadable > 0 && owed < net ? owed : net;
  const made = closeRequest(snapshotOf(record, network.chainId), { charged, inFlight, deadline });
  if (made.kind === "refuse") {
    throw new ChannelError("payments_pending", "A payment of this channel is not settled yet. Try again in a minute.");
  }
  return JSON.parse(made.request.body(await sign(ports.vault, made.request.signing)));
}

/** Asks the provider for all unspent money back while the channel stays open. Throws ChannelError. */
export async function refundChannel(ports: ChannelPorts, id: Hex): Promise<Done> {
  const { ledger } = ports;
  const record = await requireChannel(ledger, id);
  if (record.status !== "open") throw new ChannelError("channel_unusable", "Only an open channel gives money back.");
  if (record.pendingDeposit) throw new ChannelError("not_confirmed", "A deposit is not confirmed yet.");
  const { network } = placeOf(ports, record);
  let amount = 0n;
  // What is asked back is not spent meanwhile; the chain has the last word in a moment.
  const taken = await ledger.updateChannel(id, (channel) => {
    amount = unusedDeposit({ ...snapshotOf(channel, network.chainId), deposit: channel.deposit });
    return { deposit: channel.deposit - amount };
  });
  try {
    const input = { amount, refundNonce: taken.refundNonce, deadline: deadlineOf(ports) };
    const made = refundRequest({ ...snapshotOf(taken, network.chainId), deposit: taken.deposit + amount }, input);
    if (made.kind === "refuse") throw new ChannelError("nothing_unused", "Nothing in this channel is unused.");
    const signature = await sign(ports.vault, made.request.signing);
    const body = JSON.parse(made.request.body(signature));
    const { transaction } = await postToChannel(ports.fetch, record.receiptsUrl, id, body);
    return { transaction };
  } catch (error) {
    throw asChannelError(error);
  } finally {
    await refreshChannels(ports, [id]).catch(() => undefined);
  }
}

type OwnCall = Parameters<ReturnType<ChannelPorts["chainOf"]>["prepare"]>[0];

/** Tries a call out, signs it and waits for it. Throws ChainError; nothing is signed that would revert or is too dear. */
export async function sendOwn(ports: ChannelPorts, account: Hex, networkId: string, call: OwnCall): Promise<Hex> {
  const network = ports.networks().find(({ id }) => id === networkId);
  if (!network) throw new ChannelError("channel_unusable", "The network of this channel is not known.");
  const chain = ports.chainOf(network);
  const { transaction } = await chain.prepare(call, account);
  const raw = await ports.vault.signTransaction(account, transaction);
  const hash = await chain.send(raw);
  await chain.waitForReceipt(hash);
  return hash;
}

export function asChannelError(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const problem = error.kind === "refused" ? "provider_refused" : "provider_unreachable";
  return new ChannelError(problem, error.message);
}
