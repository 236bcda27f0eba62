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
import { type Call, type ChainAccess, ChainUnavailable, chainAccess, type PendingClose, Reverted } from "../chain.ts";

/** Channels that are read at once. */
const CHANNELS_PER_READ = 500;
/** Wei that one transaction may cost: no server can name a fee beyond it. */
const MAX_FEE = 20_000_000_000_000_000n;
/** Transactions of one kind for one channel in a day: a server that lies cannot have the same one paid for without end. */
const SENT_PER_DAY = 3;
const DAY = 86_400_000;

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
   * who gets what, and the payer gets the rest. A channel given twice counts once, with the receipt that credits most.
   * What cannot be read or done is in the deeds, keeps nothing else from being done, and is tried again at the next look,
   * but for a challenge that the chain refused, and for what was sent three times within a day. Does not reject.
   */
  look(channels: readonly WatchedChannel[]): Promise<readonly Deed[]>;
  /** Throws TypeError where no endpoint is known for the network of one of these. Asks no server. */
  expectEndpoints(channels: readonly WatchedChannel[]): void;
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
  /** When something was sent, by channel and kind, in milliseconds since 1970. */
  const sent = new Map<string, number[]>();

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
      let deed: Deed | undefined;
      if (close) {
        deed =
          block.timestamp < close.deadline
            ? await answer(chain, watched, close)
            : await act(chain, watched, "finalized", { functionName: "finalizeClose", args: [watched.channel] });
      } else if (state?.status === "exiting" && block.timestamp >= state.exitAt) {
        deed = await act(chain, watched, "exited", { functionName: "exit", args: [watched.channel] });
      }
      if (deed) deeds.push(deed);
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
    return act(
      chain,
      watched,
      "challenged",
      { functionName: "challenge", args: [channel, { nonce, charged, credited, ref }, receiptSignature] },
      () => refused.add(key),
    );
  }

  /**
   * Simulates, sends and waits; `onRefused` is told if the chain refused it, and the gas was paid. What was mined counts
   * for the day too: that it was is the server's word.
   */
  async function act(
    chain: ChainAccess,
    { id }: Watched,
    kind: Deed["kind"],
    call: Call,
    onRefused?: () => void,
  ): Promise<Deed> {
    const key = `${id} ${kind}`;
    const lately = (sent.get(key) ?? []).filter((at) => Date.now() - at < DAY);
    if (lately.length >= SENT_PER_DAY) {
      return { channelId: id, kind: "failed", detail: `it was sent ${SENT_PER_DAY} times within a day, to no effect` };
    }
    const count = () => sent.set(key, [...lately, Date.now()]);
    try {
      const { hash } = await chain.send(call);
      count();
      return { channelId: id, kind, transaction: hash };
    } catch (failure) {
      if ((failure instanceof Reverted || failure instanceof ChainUnavailable) && failure.hash !== undefined) count();
      if (failure instanceof Reverted && failure.hash !== undefined) onRefused?.();
      return failed(id, failure);
    }
  }

  /** One chain or contract that cannot be read says nothing about the others. */
  async function lookOrSay(channels: readonly Watched[]): Promise<readonly Deed[]> {
    const [first] = channels;
    if (!first) return [];
    try {
      return await lookAt(chainOf(first), channels);
    } catch (failure) {
      return channels.map(({ id }) => failed(id, failure));
    }
  }

  return {
    expectEndpoints(channels) {
      for (const channel of channels) chainOf(channel);
    },
    async look(channels) {
      const byContract = Map.groupBy(merged(channels), ({ network, contract }) => `${network} ${contract}`);
      const looks = [...byContract.values()].map(async (all) => {
        const deeds: Deed[] = [];
        for (let at = 0; at < all.length; at += CHANNELS_PER_READ) {
          deeds.push(...(await lookOrSay(all.slice(at, at + CHANNELS_PER_READ))));
        }
        return deeds;
      });
      return (await Promise.all(looks)).flat();
    },
  };
}

const failed = (id: Hex, failure: unknown): Deed => ({
  channelId: id,
  kind: "failed",
  detail: failure instanceof Error ? `${failure.message}${causeOf(failure)}` : String(failure),
});

/** Each channel once, with the receipt that credits most. */
function merged(channels: readonly WatchedChannel[]): readonly Watched[] {
  const byId = new Map<Hex, Watched>();
  for (const watched of channels.map(withId)) {
    const known = byId.get(watched.id);
    const credited = ({ proof }: Watched) => proof?.receipt.credited ?? -1n;
    if (!known || credited(watched) > credited(known)) byId.set(watched.id, watched);
  }
  return [...byId.values()];
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
  return chainAccess({ network, rpcUrls, contract, relayKey: gasKey, maxFee: MAX_FEE });
}
