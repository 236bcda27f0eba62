/** The wallet's channels for another machine to watch, with nothing in them that spends. */
import { chainIdOf, type WatchedChannel, watchBundleText } from "@tollpass/protocol";
import type { ChannelRecord } from "#ledger";
import type { ChannelPorts } from "./ports.ts";
import { surelyClosed } from "./refresh.ts";

/**
 * A watch bundle of every channel that can be read and has not been closed for days (`refresh.ts`), as the text of a
 * file. It is as new as its receipts.
 */
export async function exportWatchBundle({ ledger, now }: Pick<ChannelPorts, "ledger" | "now">): Promise<string> {
  const records = await ledger.readableChannels();
  const channels = records.filter((record) => !surelyClosed(record, now())).flatMap((record) => watched(record) ?? []);
  return watchBundleText({ kind: "tollpass-watch", version: 1, exportedAt: now(), channels });
}

function watched({ id, key, terms, latestReceipt }: ChannelRecord): WatchedChannel | undefined {
  const chainId = chainIdOf(key.network);
  if (chainId === undefined) return undefined;
  const known = { network: `eip155:${chainId}`, contract: key.contract, channel: terms } as const;
  if (!latestReceipt) return known;
  const { signature: receiptSignature, ...receipt } = latestReceipt;
  return { ...known, proof: { receipt: { channelId: id, ...receipt }, receiptSignature } };
}
