/** Finding the channels of payers on chain by their `Opened` events, in log ranges that public servers allow. */
import { type Channel, channelId, channelSchema, stateChannelsAbi } from "@tollpass/protocol";
import { type Address, getAbiItem, type Hex } from "viem";
import { getBlockNumber, getLogs } from "viem/actions";
import type { Endpoints } from "./endpoints.ts";
import { ChainError } from "./error.ts";

/** A channel that was once opened. `amount` is its first deposit in atomic units. */
export interface FoundChannel {
  readonly id: Hex;
  readonly channel: Channel;
  readonly amount: bigint;
  readonly blockNumber: bigint;
}

export interface FindOptions {
  /** First block to look at: that of the contract's deployment finds everything. */
  readonly fromBlock: bigint;
  /** Last block, included. Default: the newest confirmed one. */
  readonly toBlock?: bigint;
  /**
   * Blocks per request at most; halved while servers refuse it, and doubled again after a run of answers, since what was
   * refused may have been too many requests. Default 10,000, what most public servers allow.
   */
  readonly span?: bigint;
  /** Awaited after each request: every block up to `searchedTo` was looked at, and `found` was in the last of them. */
  readonly onProgress?: (searchedTo: bigint, found: readonly FoundChannel[]) => void | Promise<void>;
}

/** Answers in a row after which a wider range is tried. */
const WIDEN_AFTER = 16;

const OPENED = getAbiItem({ abi: stateChannelsAbi, name: "Opened" });

/**
 * A server that has not got the last of the blocks yet is passed over. Throws `bad_answer` if a server shows an event
 * whose terms do not hash to its id, or of another payer or contract, and whatever `onProgress` throws.
 */
export async function findOpened(
  endpoints: Endpoints,
  contract: { readonly chainId: number; readonly address: Address },
  payers: readonly Address[],
  range: FindOptions & { readonly toBlock: bigint },
): Promise<FoundChannel[]> {
  const found: FoundChannel[] = [];
  const widest = range.span ?? 10_000n;
  let span = widest;
  let answers = 0;
  let from = range.fromBlock;
  while (from <= range.toBlock) {
    const last = from + span - 1n;
    const to = last < range.toBlock ? last : range.toBlock;
    let fresh: FoundChannel[];
    try {
      fresh = await opened(endpoints, contract, payers, from, to, range.toBlock - to < widest);
    } catch (error) {
      // Servers word the refusal of a range in many ways; a smaller one is worth a try in any case.
      if (!(error instanceof ChainError) || error.code !== "refused" || span === 1n) throw error;
      span /= 2n;
      answers = 0;
      continue;
    }
    found.push(...fresh);
    await range.onProgress?.(to, fresh);
    from = to + 1n;
    answers += 1;
    if (answers % WIDEN_AFTER === 0 && span < widest) span = span * 2n < widest ? span * 2n : widest;
  }
  return found;
}

async function opened(
  endpoints: Endpoints,
  contract: { readonly chainId: number; readonly address: Address },
  payers: readonly Address[],
  fromBlock: bigint,
  toBlock: bigint,
  nearHead: boolean,
): Promise<FoundChannel[]> {
  const { address } = contract;
  const ours = new Set(payers.map((payer) => payer.toLowerCase()));
  const args = { payer: [...payers] };
  return endpoints.askContract(async (client) => {
    // Of blocks that a server has not got yet it shows no events, and does not say so.
    if (nearHead && (await getBlockNumber(client)) < toBlock) throw new ChainError("unreachable");
    const logs = await getLogs(client, { address, event: OPENED, args, fromBlock, toBlock, strict: true });
    return logs.map((log) => {
      const channel = channelSchema.parse(log.args.channel);
      const id = channelId(contract, channel);
      const isOurs =
        log.address.toLowerCase() === address.toLowerCase() &&
        id === log.args.channelId &&
        ours.has(channel.payer.toLowerCase());
      if (!isOurs || log.blockNumber < fromBlock || log.blockNumber > toBlock) throw new ChainError("bad_answer");
      return { id, channel, amount: log.args.amount, blockNumber: log.blockNumber };
    });
  });
}
