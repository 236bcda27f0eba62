/** Watches the channels of payers who are away: answers false closes, and ends what has run its time. */
import {
  channelId,
  findNetwork,
  NETWORKS,
  type Network,
  receiptTypedData,
  verifySignature,
  type WatchedChannel,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import { type Call, type ChainAccess, chainAccess, type PendingClose, Reverted } from "../chain.ts";

/** Channels that are read at once. */
const CHANNELS_PER_READ = 500;

/** What a look at one channel led to. `transaction` is there if one was mined. */
export interface Deed {
  readonly channelId: Hex;
  readonly kind: "challenged" | "finalized" | "exited" | "failed";
  readonly transaction?: Hex;
  /** In words, for the operator: why it failed. */
  readonly detail?: string;
}

export interface Watchtower {
  /**
   * Reads every channel once and does what is due. A close that takes what was given back is challenged before its
   * deadline, one whose deadline has passed is finalized, an exit that is due is ended: in each case the contract decides
   * who gets what, and the payer gets the rest. What cannot be done is in the deeds and tried again at the next look, but
   * for a challenge that the chain refused. Rejects with ChainUnavailable.
   */
  look(channels: readonly WatchedChannel[]): Promise<readonly Deed[]>;
}

export interface WatchtowerOptions {
  /** JSON-RPC endpoint of a network; undefined: its public one, if it is a known network. */
  readonly rpcUrlOf: (network: string) => string | undefined;
  /** Key of an account that pays the gas, and does nothing else. */
  readonly gasKey: Hex;
}

interface Watched extends WatchedChannel {
  readonly id: Hex;
}

export function createWatchtower(options: WatchtowerOptions): Watchtower {
  const chains = new Map<string, ChainAccess>();
  /** Closes against which a challenge was mined and refused: paying for another one would be in vain. */
  const refused = new Set<string>();

  function chainOf({ network: id, contract }: WatchedChannel): ChainAccess {
    const key = `${id} ${contract}`;
    const known = chains.get(key) ?? connect(options, id, contract);
    chains.set(key, known);
    return known;
  }

  async function lookAt(chain: ChainAccess, channels: readonly Watched[]): Promise<Deed[]> {
    const { block, channels: seen } = await chain.states(channels.map(({ id }) => id));
    const closing = channels.filter((_, index) => seen[index]?.status === "closing");
    const closes = await chain.closes(
      closing.map(({ id }) => id),
      block,
    );
    const closeOf = new Map(closing.map(({ id }, index) => [id, closes[index]]));
    const deeds: Deed[] = [];
    for (const [index, watched] of channels.entries()) {
      const state = seen[index];
      const close = closeOf.get(watched.id);
      if (close) {
        const deed =
          block.timestamp < close.deadline
            ? await answer(chain, watched, close)
            : await act(chain, watched, "finalized", { functionName: "finalizeClose", args: [watched.channel] });
        if (deed) deeds.push(deed);
      } else if (state?.status === "exiting" && block.timestamp >= state.exitAt) {
        deeds.push(await act(chain, watched, "exited", { functionName: "exit", args: [watched.channel] }));
      }
    }
    return deeds;
  }

  async function answer(chain: ChainAccess, watched: Watched, close: PendingClose): Promise<Deed | undefined> {
    const { id, channel, contract, network, proof } = watched;
    if (!proof || proof.receipt.credited <= close.headroom) return undefined;
    const key = [id, close.amount, close.headroom, close.deadline].join(" ");
    if (refused.has(key)) return undefined;
    const { receipt, receiptSignature } = proof;
    const typedData = receiptTypedData({ chainId: networkOf(network).chainId, address: contract }, receipt);
    const genuine =
      receipt.channelId === id && (await verifySignature(typedData, receiptSignature, channel.payeeSigner));
    if (!genuine) return { channelId: id, kind: "failed", detail: "its receipt in the bundle is not the payee's" };
    const { nonce, charged, credited, ref } = receipt;
    const deed = await act(
      chain,
      watched,
      "challenged",
      { functionName: "challenge", args: [channel, { nonce, charged, credited, ref }, receiptSignature] },
      () => refused.add(key),
    );
    return deed;
  }

  return {
    async look(channels) {
      const byChain = Map.groupBy(channels.map(withId), chainOf);
      const deeds: Deed[] = [];
      for (const [chain, all] of byChain) {
        for (let at = 0; at < all.length; at += CHANNELS_PER_READ) {
          deeds.push(...(await lookAt(chain, all.slice(at, at + CHANNELS_PER_READ))));
        }
      }
      return deeds;
    },
  };
}

/** Simulates, sends and waits; `onRefused` is told if the chain refused it, and the gas was paid. */
async function act(
  chain: ChainAccess,
  { id }: Watched,
  kind: Deed["kind"],
  call: Call,
  onRefused?: () => void,
): Promise<Deed> {
  try {
    const { hash } = await chain.send(call);
    return { channelId: id, kind, transaction: hash };
  } catch (failure) {
    if (failure instanceof Reverted && failure.hash !== undefined) onRefused?.();
    const detail = failure instanceof Error ? `${failure.message}${causeOf(failure)}` : String(failure);
    return { channelId: id, kind: "failed", detail };
  }
}

const causeOf = ({ cause }: Error): string =>
  cause instanceof Error ? ` (${"shortMessage" in cause ? String(cause.shortMessage) : cause.message})` : "";

const withId = (watched: WatchedChannel): Watched => ({
  ...watched,
  id: channelId({ chainId: networkOf(watched.network).chainId, address: watched.contract }, watched.channel),
});

/** What is known of a network; of one that is not known, its chain id alone. */
function networkOf(id: WatchedChannel["network"]): Network {
  const known = findNetwork(NETWORKS, id);
  if (known) return known;
  const chainId = Number(id.slice("eip155:".length));
  return { id, chainId, name: id, testnet: true, rpcUrls: [], confirmations: 1, tokens: [] };
}

function connect({ rpcUrlOf, gasKey }: WatchtowerOptions, id: WatchedChannel["network"], contract: Hex): ChainAccess {
  const network = networkOf(id);
  const own = rpcUrlOf(id);
  const rpcUrls = own === undefined ? network.rpcUrls : [own];
  if (rpcUrls.length === 0) {
    throw new TypeError(`${id} is not a known network: say where its JSON-RPC endpoint is (--rpc ${id}=https://...).`);
  }
  return chainAccess({ network, rpcUrls, contract, relayKey: gasKey });
}
