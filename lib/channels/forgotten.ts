/** Channels of which the payee knows more than this wallet, as after an old backup: nothing more is paid from them. */
import type { Last } from "@tollpass/protocol";
import type { Hex } from "viem";
import { type ChannelRecord, isOutOfDate } from "#ledger";
import { adoptLast } from "#schemes";
import { type ChannelPorts, placeOf, snapshotOf } from "./ports.ts";

/**
 * Weighs what a payee shows of a channel. If the wallet's own signature is on more than its journal remembers, the
 * channel is out of date: it is `restored` from now on, never paid from again, and nobody is accused. Returns whether
 * that was shown.
 */
export async function weighLast(
  ports: Pick<ChannelPorts, "ledger" | "networks">,
  id: Hex,
  last: Last,
): Promise<boolean> {
  const record = await ports.ledger.getChannel(id);
  if (!record) return false;
  const adopted = await adoptLast(snapshotOf(record, placeOf(ports, record).network.chainId), last);
  if (!adopted?.forgotten) return false;
  await outOfDate(ports, id);
  return true;
}

/**
 * The payee shows that it took a nonce before, without a state of ours that proves it: a journal that is one payment old
 * signs the very same state again. The first time such a channel is out of date and the payee believed; returns false
 * if another channel of the same payee ended so already.
 */
export async function believeUsedNonce(ports: Pick<ChannelPorts, "ledger">, id: Hex): Promise<boolean> {
  const record = await ports.ledger.getChannel(id);
  if (!record) return false;
  const others = await ports.ledger.listChannels({ payeeOrigin: record.key.payeeOrigin });
  if (others.some((other) => other.id !== id && isOutOfDate(other))) return false;
  await outOfDate(ports, id);
  return true;
}

function outOfDate({ ledger }: Pick<ChannelPorts, "ledger">, id: Hex): Promise<ChannelRecord> {
  return ledger.updateChannel(id, ({ status }) => {
    switch (status) {
      case "opening":
      case "open":
        return { status: "restored" };
      case "restored":
        return {};
      case "exiting":
      case "closing":
      case "closed":
        return { outOfDate: true };
    }
  });
}
