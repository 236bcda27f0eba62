/** Finding a payer's channels on chain by their `Opened` events, in log ranges that public servers allow. */
import { type Channel, channelId, channelSchema, stateChannelsAbi } from "@tollpass/protocol";
import { type Address, getAbiItem, type Hex } from "viem";
import { getLogs } from "viem/actions";
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
  /** Blocks per request at most; halved while servers refuse it. Default 10,000, what most public servers allow. */
  readonly span?: bigint;
  /** Told after each request: every block up to `searchedTo` was looked at. */
  readonly onProgress?: (searchedTo: bigint) => void;
}

const OPENED = getAbiItem({ abi: stateChannelsAbi, name: "Opened" });

/** Throws `bad_answer` if a server shows an event whose terms do not hash to its id, or of another payer or contract. */
export async function findOpened(
  endpoints: Endpoints,
  contract: { readonly chainId: number; readonly address: Address },
  payer: Address,
  range: FindOptions & { readonly toBlock: bigint },
): Promise<FoundChannel[]> {
  const found: FoundChannel[] = [];
  let span = range.span ?? 10_000n;
  let from = range.fromBlock;
  while (from <= range.toBlock) {
    const last = from + span - 1n;
    const to = last < range.toBlock ? last : range.toBlock;
    try {
      found.push(...(await opened(endpoints, contract, payer, from, to)));
    } catch (error) {
      // Servers word the refusal of a range in many ways; a smaller one is worth a try in any case.
      if (!(error instanceof ChainError) || error.code !== "refused" || span === 1n) throw error;
      span /= 2n;
      continue;
    }
    range.onProgress?.(to);
    from = to + 1n;
  }
  return found;
}

async function opened(
  endpoints: Endpoints,
  contract: { readonly chainId: number; readonly address: Address },
  payer: Address,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<FoundChannel[]> {
  const { address } = contract;
  return endpoints.askContract(async (client) => {
    const logs = await getLogs(client, { address, event: OPENED, args: { payer }, fromBlock, toBlock, strict: true });
    return logs.map((log) => {
      const channel = channelSchema.parse(log.args.channel);
      const id = channelId(contract, channel);
      const isOurs =
        log.address.toLowerCase() === address.toLowerCase() &&
        id === log.args.channelId &&
        channel.payer.toLowerCase() === payer.toLowerCase();
      if (!isOurs || log.blockNumber < fromBlock || log.blockNumber > toBlock) throw new ChainError("bad_answer");
      return { id, channel, amount: log.args.amount, blockNumber: log.blockNumber };
    });
  });
}
