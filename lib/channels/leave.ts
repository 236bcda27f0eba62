/** The ways out of a channel: together with the provider at once, or without it after the exit delay. */

import type { Hex } from "viem";
import { closeRequest, exitRequest, refundRequest, unusedDeposit } from "#schemes";
import { ProviderError, postToChannel } from "./endpoint.ts";
import { ChannelError, type ChannelPorts, placeOf, requireChannel, sign, snapshotOf } from "./ports.ts";
import { refreshChannels } from "./refresh.ts";

/** Seconds for which a signed close, refund or request to exit can be relayed. */
const VALIDITY = 600;

/** What was done on chain; undefined while it is not known. */
export interface Done {
  readonly transaction?: Hex | undefined;
}

const deadlineOf = (ports: ChannelPorts): number => Math.floor(ports.now() / 1000) + VALIDITY;

/**
 * Asks the provider to close: it gets what its receipts say, the rest comes back in the same transaction. From the
 * signature on nothing more is paid from this channel. Throws ChannelError; the channel then stays usable.
 */
export async function closeChannel(ports: ChannelPorts, id: Hex): Promise<Done> {
  const { ledger } = ports;
  const record = await requireChannel(ledger, id);
  if (record.status !== "open" && record.status !== "exiting") {
    throw new ChannelError("channel_unusable", "Only an open channel can be closed.");
  }
  const inFlight = (await ledger.unsettled()).filter(({ channelId }) => channelId === id).length;
  const { network } = placeOf(ports, record);
  const charged = record.gross - record.released;
  const made = closeRequest(snapshotOf(record, network.chainId), { charged, inFlight, deadline: deadlineOf(ports) });
  if (made.kind === "refuse") {
    throw new ChannelError("payments_pending", "A payment of this channel is not settled yet. Try again in a minute.");
  }
  const signature = await sign(ports.vault, made.request.signing);
  await ledger.updateChannel(id, () => ({ status: "closing" }));
  try {
    const body = JSON.parse(made.request.body(signature));
    const { transaction } = await postToChannel(ports.fetch, record.receiptsUrl, id, body);
    await refreshChannels(ports, [id]);
    return { transaction };
  } catch (error) {
    await refreshChannels(ports, [id]).catch(() => undefined);
    const { status } = await requireChannel(ledger, id);
    if (status === "closed") return {};
    if (status === "closing") await ledger.updateChannel(id, () => ({ status: record.status }));
    throw asChannelError(error);
  }
}

/** Asks the provider for all unspent money back while the channel stays open. Throws ChannelError. */
export async function refundChannel(ports: ChannelPorts, id: Hex): Promise<Done> {
  const { ledger } = ports;
  const record = await requireChannel(ledger, id);
  if (record.status !== "open") throw new ChannelError("channel_unusable", "Only an open channel gives money back.");
  const { network } = placeOf(ports, record);
  const snapshot = snapshotOf(record, network.chainId);
  const amount = unusedDeposit(snapshot);
  const input = { amount, refundNonce: record.refundNonce, deadline: deadlineOf(ports) };
  const made = refundRequest(snapshot, input);
  if (made.kind === "refuse") throw new ChannelError("nothing_unused", "Nothing in this channel is unused.");
  // What is asked back is not spent meanwhile; the chain has the last word in a moment.
  await ledger.updateChannel(id, (channel) => ({ deposit: channel.deposit - amount }));
  try {
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

/**
 * Starts the exit: final, the rest can be taken after the exit delay. Relayed by the provider, or sent with the account's
 * own gas. Throws ChannelError, or ChainError `short_of_gas` with what is needed.
 */
export async function exitChannel(ports: ChannelPorts, id: Hex, { ownGas }: { ownGas: boolean }): Promise<Done> {
  const { ledger } = ports;
  const record = await requireChannel(ledger, id);
  if (record.status === "closed" || record.status === "exiting") {
    throw new ChannelError("channel_unusable", "This channel is on its way out already.");
  }
  const { network } = placeOf(ports, record);
  if (ownGas) {
    const transaction = await sendOwn(ports, record.key.account, record.key.network, {
      kind: "requestExit",
      channel: record.terms,
    });
    await refreshChannels(ports, [id]);
    return { transaction };
  }
  const request = exitRequest(snapshotOf(record, network.chainId), { deadline: deadlineOf(ports) });
  const signature = await sign(ports.vault, request.signing);
  try {
    const body = JSON.parse(request.body(signature));
    const { transaction } = await postToChannel(ports.fetch, record.receiptsUrl, id, body);
    await refreshChannels(ports, [id]);
    return { transaction };
  } catch (error) {
    await refreshChannels(ports, [id]).catch(() => undefined);
    if ((await requireChannel(ledger, id)).status === "exiting") return {};
    throw asChannelError(error);
  }
}

/**
 * Ends an exit whose time has come: the rest back into the wallet. Anyone may do it, so the provider is asked first
 * unless `ownGas` is set. Throws ChannelError `exit_not_due`, or ChainError `short_of_gas`.
 */
export async function finishExit(ports: ChannelPorts, id: Hex, { ownGas }: { ownGas: boolean }): Promise<Done> {
  await refreshChannels(ports, [id]);
  const record = await requireChannel(ports.ledger, id);
  if (record.status === "closed") return {};
  const chain = ports.chainOf(placeOf(ports, record).network);
  const { timestamp } = await chain.confirmedBlock();
  if (record.status !== "exiting" || timestamp < record.exitAt) {
    throw new ChannelError("exit_not_due", "The waiting time is not over yet.");
  }
  if (ownGas) {
    const call = { kind: "exit", channel: record.terms } as const;
    const transaction = await sendOwn(ports, record.key.account, record.key.network, call);
    await refreshChannels(ports, [id]);
    return { transaction };
  }
  return relayFinish(ports, id);
}

async function relayFinish(ports: ChannelPorts, id: Hex): Promise<Done> {
  const record = await requireChannel(ports.ledger, id);
  const { network } = placeOf(ports, record);
  const request = exitRequest(snapshotOf(record, network.chainId), { deadline: deadlineOf(ports) });
  const signature = await sign(ports.vault, request.signing);
  try {
    const body = JSON.parse(request.body(signature));
    const { transaction } = await postToChannel(ports.fetch, record.receiptsUrl, id, body);
    await refreshChannels(ports, [id]);
    return { transaction };
  } catch (error) {
    throw asChannelError(error);
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

function asChannelError(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const problem = error.kind === "refused" ? "provider_refused" : "provider_unreachable";
  return new ChannelError(problem, error.message);
}
