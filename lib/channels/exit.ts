/**
 * The way out that needs no provider: the wallet signs, somebody sends it. First the provider is asked, then each relayer
 * that the person has named; else the wallet says what sending it itself costs.
 */
import type { Hex } from "viem";
import { type Chain, type ChainCall, ChainError } from "#chain";
import type { ChannelRecord } from "#ledger";
import { exitRequest } from "#schemes";
import { ProviderError, postToChannel } from "./endpoint.ts";
import { type Done, deadlineOf } from "./leave.ts";
import { ChannelError, type ChannelPorts, placeOf, requireChannel, sign, snapshotOf } from "./ports.ts";
import { refreshChannels } from "./refresh.ts";
import { channelsUrlOf, relayersOf } from "./relayers.ts";

/** Longest wait for one server, in milliseconds: there may be several, and a person waits for the last. */
const PATIENCE = 15_000;

/**
 * Asks for everything that is not owed, after the exit delay: final, and nobody can stop it. Relayed by the provider or
 * a relayer, or with the account's own gas. Throws ChannelError `no_relayer` with what own gas would cost,
 * `not_confirmed` while a transaction that was named waits in the network, or ChainError: `short_of_gas` with own gas,
 * and whatever keeps own gas from being a way too; `channel_unusable` once the wish to leave is taken back. `send` sends
 * a call with own gas.
 */
export async function requestExit(ports: ChannelPorts, id: Hex, send: SendOwn | undefined): Promise<Done> {
  const record = await requireChannel(ports.ledger, id);
  requireWayOut(record);
  const call = { kind: "requestExit", channel: record.terms } as const;
  if (send) return sendAndLook(ports, record, call, send);
  return relay(ports, record, call, ({ status }) => status === "exiting" || status === "closed");
}

/** Throws `channel_unusable` for a channel that is on its way out already. */
export function requireWayOut({ status }: ChannelRecord): void {
  if (status !== "closed" && status !== "exiting") return;
  throw new ChannelError("channel_unusable", "This channel is on its way out already.");
}

/** `channel_unusable`: the wish to leave was taken back. */
export const nobodyWants = () => new ChannelError("channel_unusable", "Nobody wants to leave this channel any more.");

/**
 * Ends an exit whose time has come, or a close by the payee that can no longer be challenged: the rest back into the
 * wallet. Anyone may end an exit, so without `ownGas` provider and relayers are asked; a close by the payee is always
 * ended by `send`, with own gas. Throws ChannelError `exit_not_due` or `no_relayer`, or ChainError `short_of_gas`.
 */
export async function endExit(
  ports: ChannelPorts,
  id: Hex,
  { ownGas, send }: { ownGas: boolean; send: SendOwn },
): Promise<Done> {
  await refreshChannels(ports, [id]);
  const record = await requireChannel(ports.ledger, id);
  if (record.status === "closed") return {};
  const chain = ports.chainOf(placeOf(ports, record).network);
  const { timestamp } = await chain.confirmedBlock();
  const { payeeClose } = record;
  const due = record.status === "exiting" ? record.exitAt : record.status === "closing" && payeeClose?.deadline;
  if (!due || timestamp < due) throw new ChannelError("exit_not_due", "The waiting time is not over yet.");
  const call = { kind: payeeClose ? "finalizeClose" : "exit", channel: record.terms } as const;
  if (ownGas || payeeClose) return sendAndLook(ports, record, call, send);
  return relay(ports, record, call, ({ status }) => status === "closed");
}

/** The steps of a way out that the account can pay for. */
export type ExitCall = Extract<ChainCall, { kind: "requestExit" | "exit" | "finalizeClose" }>;
/** Sends a call with the account's own gas, waits for it and reads the channel anew; returns the transaction. */
export type SendOwn = (record: ChannelRecord, call: ExitCall) => Promise<Hex>;

async function sendAndLook(ports: ChannelPorts, record: ChannelRecord, call: ExitCall, send: SendOwn): Promise<Done> {
  try {
    return { transaction: await send(record, call) };
  } catch (error) {
    await refreshChannels(ports, [record.id]).catch(() => undefined);
    throw error;
  }
}

/**
 * Hands the signed request to one server after the other until the chain, and nobody else, says that it was done, or
 * the wish is taken back.
 */
async function relay(
  ports: ChannelPorts,
  record: ChannelRecord,
  ownCall: ChainCall,
  isDone: (record: ChannelRecord) => boolean,
): Promise<Done> {
  const { id } = record;
  const body = await signedExit(ports, record);
  const relayers = (await relayersOf(ports.local)).flatMap((address) => channelsUrlOf(address) ?? []);
  const places = new Set([...(record.receiptsUrl === "" ? [] : [record.receiptsUrl]), ...relayers]);
  const chain = ports.chainOf(placeOf(ports, record).network);
  let waiting = false;
  for (const place of places) {
    if (!(await requireChannel(ports.ledger, id)).exitWish) throw nobodyWants();
    const answer = await postToChannel(ports.fetch, place, id, body, PATIENCE).catch((error: unknown) => {
      if (error instanceof ProviderError) return undefined;
      throw error;
    });
    // An answer may be lost or a lie: what the chain shows counts.
    await refreshChannels(ports, [id]);
    const named = answer?.transaction;
    const transaction = named && (await chain.isKnown(named).catch(() => false)) ? named : undefined;
    if (isDone(await requireChannel(ports.ledger, id))) return { transaction };
    waiting ||= transaction !== undefined && (await isWaiting(chain, transaction));
  }
  if (waiting) throw new ChannelError("not_confirmed", "It is said to be sent, and the network does not show it yet.");
  throw await nobodyRelays(ports, record, ownCall);
}

/** Whether a transaction has still to be confirmed: one that is confirmed, or failed, and changed nothing was a lie. */
function isWaiting(chain: Chain, transaction: Hex): Promise<boolean> {
  return chain.waitForReceipt(transaction, { timeoutMs: 0 }).then(
    () => false,
    (error: unknown) => error instanceof ChainError && error.code === "timeout",
  );
}

/** By the channel's own key; by the account where another wallet opened it with a key that this phrase does not make. */
async function signedExit(ports: ChannelPorts, record: ChannelRecord) {
  const { vault } = ports;
  const { network } = placeOf(ports, record);
  const request = exitRequest(snapshotOf(record, network.chainId), { deadline: deadlineOf(ports) });
  const isOurs = (await vault.sessionSigner(record.terms.salt)) === record.terms.payerSigner;
  const key = isOurs ? request.signing.key : ({ kind: "account", address: record.key.account } as const);
  return JSON.parse(request.body(await sign(vault, { ...request.signing, key })));
}

/**
 * What it takes to do without them: the fee and what the account has, where it has too little. Throws ChainError where
 * that cannot be known, or where the network would refuse it from anybody.
 */
async function nobodyRelays(ports: ChannelPorts, record: ChannelRecord, call: ChainCall): Promise<ChannelError> {
  const chain = ports.chainOf(placeOf(ports, record).network);
  const detail = "Neither the site nor a relayer sends this. It can be sent with own gas.";
  try {
    await chain.prepare(call, record.key.account);
    return new ChannelError("no_relayer", detail);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const { need, have } = error;
    if (need === undefined || have === undefined) throw error;
    return new ChannelError("no_relayer", detail, { need, have });
  }
}
