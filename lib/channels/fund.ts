/** Opening or topping up a channel with the reader's own gas, where no provider relays the deposit. */
import {
  type Channel,
  type ChannelContract,
  channelId,
  depositNonce,
  NATIVE,
  type Network,
  receiveAuthorizationTypedData,
  type Token,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import type { ChainCall } from "#chain";
import type { ChannelKey, ChannelRecord, PendingDeposit } from "#ledger";
import { emptySnapshot } from "#schemes";
import { sendOwn } from "./leave.ts";
import { ChannelError, type ChannelPorts, placeOf, requireChannel } from "./ports.ts";
import { refreshChannels } from "./refresh.ts";

/** Seconds for which the deposit's authorization is valid. */
const VALIDITY = 600;

export interface OwnDeposit {
  readonly contract: ChannelContract;
  readonly channel: Channel;
  readonly key: ChannelKey;
  readonly amount: bigint;
  readonly receiptsUrl: string;
  readonly relay: boolean;
  /** 32 bytes never used before. */
  readonly salt: Hex;
}

/** A channel record from which nothing was paid and in which nothing is yet. */
export function newChannelRecord(given: {
  key: ChannelKey;
  channel: Channel;
  contract: ChannelContract;
  receiptsUrl: string;
  relay: boolean;
  now: number;
}): ChannelRecord {
  const { key, channel, contract, receiptsUrl, relay, now } = given;
  const { id, deposit, nonce, authorized, gross, credited, earned } = emptySnapshot(contract, channel);
  return {
    id,
    scheme: "state-channel",
    key,
    terms: channel,
    status: "opening",
    relay,
    receiptsUrl,
    deposit,
    depositBlock: 0n,
    nonce,
    authorized,
    gross,
    credited,
    released: 0n,
    earned,
    signedEarned: 0n,
    acknowledged: 0n,
    settled: 0n,
    refundNonce: 0,
    exitAt: 0,
    createdAt: now,
  };
}

/**
 * Sends the deposit with the account's own gas and waits until it is confirmed. It is journalled before it is signed and
 * stays pending when this fails (`short_of_gas` says what is needed): the trial run shows the signed authorization to a
 * stranger's server, so until it has run out another call sends this one again and never a second one.
 * Throws ChainError, or ChannelError `not_confirmed` where another deposit of this channel is under way.
 */
export async function fundChannel(ports: ChannelPorts, given: OwnDeposit): Promise<void> {
  const { ledger } = ports;
  const id = channelId(given.contract, given.channel);
  const validBefore = BigInt(Math.floor(ports.now() / 1000) + VALIDITY);
  const fresh = { paymentId: null, amount: given.amount, salt: given.salt, validAfter: 0n, validBefore };
  const record = (await ledger.getChannel(id))
    ? await ledger.updateChannel(id, (stored) => ({ pendingDeposit: stored.pendingDeposit ?? fresh }))
    : await ledger.putChannel({ ...newChannelRecord({ ...given, now: ports.now() }), pendingDeposit: fresh });
  const { pendingDeposit } = record;
  if (pendingDeposit?.paymentId !== null) {
    throw new ChannelError("not_confirmed", "Another deposit into this channel is not confirmed yet.");
  }
  const { network, token } = placeOf(ports, record);
  const deposit = { ...given, amount: pendingDeposit.amount };
  // It may have arrived, or have run out of time, since it was signed.
  if (pendingDeposit !== fresh) {
    await refreshChannels(ports, [id]);
    const { pendingDeposit: left } = await requireChannel(ledger, id);
    if (left?.salt !== pendingDeposit.salt) return;
  }
  if (!token.eip3009 && token.address !== NATIVE) await approve(ports, deposit, network);
  const call = await depositCall(ports, deposit, id, pendingDeposit, token);
  await sendOwn(ports, given.channel.payer, network.id, call);
  await refreshChannels(ports, [id]);
}

async function approve(ports: ChannelPorts, given: OwnDeposit, network: Network): Promise<void> {
  const { token, payer } = given.channel;
  if ((await ports.chainOf(network).allowance(token, payer)) >= given.amount) return;
  await sendOwn(ports, payer, network.id, { kind: "approve", token, amount: given.amount });
}

async function depositCall(
  ports: ChannelPorts,
  given: OwnDeposit,
  id: Hex,
  pending: PendingDeposit,
  token: Token,
): Promise<ChainCall> {
  const { channel, amount, contract } = given;
  if (!token.eip3009 || !token.eip712) return { kind: "deposit", channel, amount };
  const { validAfter, validBefore, salt } = pending;
  const typedData = receiveAuthorizationTypedData(
    { chainId: contract.chainId, address: channel.token, ...token.eip712 },
    {
      from: channel.payer,
      to: contract.address,
      value: amount,
      nonce: depositNonce(id, salt),
      validAfter,
      validBefore,
    },
  );
  const signature = await ports.vault.signWithAccount(channel.payer, typedData);
  return { kind: "depositWithAuthorization", channel, deposit: { amount, salt, signature, validAfter, validBefore } };
}
