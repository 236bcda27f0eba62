/**
 * Acknowledges what was received: a state of price 0, so that the payee can claim a one-time buyer's payment within
 * seconds (protocol section 3, "ack").
 */

import type { Hex } from "viem";
import { ackRequest, planAck } from "#schemes";
import { ProviderError, postToChannel } from "./endpoint.ts";
import { weighLast } from "./forgotten.ts";
import { type ChannelPorts, placeOf, requireChannel, sign, snapshotOf } from "./ports.ts";

/**
 * Sends an acknowledgement if one is due and nothing is in flight; returns whether one was sent. The nonce is journalled
 * before the state is signed. A provider that does not answer is asked again later, with another nonce.
 */
export async function acknowledge(ports: ChannelPorts, id: Hex): Promise<boolean> {
  const { ledger, vault } = ports;
  const before = await requireChannel(ledger, id);
  if (before.earned <= before.acknowledged || before.untrusted !== undefined || before.outOfDate) return false;
  if (before.status !== "open" && before.status !== "exiting") return false;
  // One that cannot be read never settles. Waiting for it would keep the payee's money for ever, and what is signed here
  // builds on verified receipts alone.
  if ((await ledger.unsettledOf(id)).records.length > 0) return false;
  if ((await vault.status()) !== "unlocked") return false;

  const { network } = placeOf(ports, before);
  const taken = await ledger.updateChannel(id, (channel) => {
    const { state } = planAck(snapshotOf(channel, network.chainId));
    const authorized = state.owed + state.credited;
    return {
      nonce: state.nonce,
      authorized: authorized > channel.authorized ? authorized : channel.authorized,
      signedEarned: state.earned > channel.signedEarned ? state.earned : channel.signedEarned,
    };
  });
  // The state is made again from what was written: the same nonce and totals.
  const plan = planAck({ ...snapshotOf(taken, network.chainId), nonce: taken.nonce - 1n, earned: taken.signedEarned });
  const request = ackRequest(plan);
  const signature = await sign(vault, request.signing);
  try {
    await postToChannel(ports.fetch, taken.receiptsUrl, id, JSON.parse(request.body(signature)));
  } catch (error) {
    if (error instanceof ProviderError && error.last) await weighLast(ports, id, error.last);
    throw error;
  }
  await ledger.updateChannel(id, ({ acknowledged }) => ({
    acknowledged: plan.state.earned > acknowledged ? plan.state.earned : acknowledged,
  }));
  return true;
}

/**
 * Acknowledges in every channel where it is due, in all of them at once: a provider that does not answer keeps no other
 * one waiting. `inTurn` is given each channel's acknowledgement to make after whatever has to come before it. A failure
 * is left to the next time.
 */
export async function acknowledgeAll(
  ports: ChannelPorts,
  inTurn: (id: Hex, acknowledge: () => Promise<unknown>) => Promise<unknown> = (_id, acknowledge) => acknowledge(),
): Promise<void> {
  const channels = await ports.ledger.readableChannels();
  await Promise.all(channels.map(({ id }) => inTurn(id, () => acknowledge(ports, id).catch(() => false))));
}
