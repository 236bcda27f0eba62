/** One network as the rest of the wallet sees it. */
import { NATIVE, type Network, stateChannelsAbi, tokenAbi } from "@tollpass/protocol";
import type { Address, Client, Hex } from "viem";
import { readContract } from "viem/actions";
import { type FindOptions, type FoundChannel, findOpened } from "./discover.ts";
import { createEndpoints, type EndpointOptions } from "./endpoints.ts";
import { ChainError } from "./error.ts";
import { type BlockRef, balanceOf, confirmedBlock, type OnChainChannel, readStates } from "./reads.ts";
import { type Confirmed, isKnown, sendRaw, type WaitOptions, waitUntilConfirmed } from "./receipt.ts";
import { type ChainCall, encodeCall, type PreparedTransaction, prepareTransaction } from "./transactions.ts";

/**
 * Reads of and transactions on one network. Every method throws `ChainError` alone (and the abort reason of a signal).
 * No server is asked anything before it has named the network's chain id; calls of the channel contract need the pinned
 * code at the pinned address as well. Amounts in atomic units, fees in wei.
 */
export interface Chain {
  readonly network: Network;

  /** Passes if a server speaks for this chain and shows the pinned contract. What passed is not asked again. */
  check(): Promise<void>;

  /** The balance of a token, or of the chain's coin for `NATIVE`, at the newest block. */
  tokenBalance(token: Address, owner: Address): Promise<bigint>;
  /** In wei, at the newest block. */
  nativeBalance(owner: Address): Promise<bigint>;
  /** What the channel contract may take of the owner's token. */
  allowance(token: Address, owner: Address): Promise<bigint>;
  /** Whether an EIP-3009 nonce was used or cancelled, at the newest confirmed block. */
  authorizationUsed(token: Address, from: Address, nonce: Hex): Promise<{ used: boolean; block: BlockRef }>;
  /** The channels in the order of the ids, all at the newest confirmed block. */
  channelStates(ids: readonly Hex[]): Promise<{ block: BlockRef; channels: OnChainChannel[] }>;
  /** The same by every server that answers, one at least: for what one alone is not believed, whichever that was. */
  channelStatesEverywhere(ids: readonly Hex[]): Promise<{ block: BlockRef; channels: OnChainChannel[] }[]>;
  /** What is held for `owner` because a payout could not be delivered. */
  pendingWithdrawal(token: Address, owner: Address): Promise<bigint>;
  /** The newest block that counts as final on this network. */
  confirmedBlock(): Promise<BlockRef>;
  /** Every channel that these payers ever opened within a range of blocks, oldest first. */
  findChannels(payers: readonly Address[], options: FindOptions): Promise<FoundChannel[]>;

  /**
   * Tries the call out and prices it; nothing is signed or sent. Throws `reverted` or `short_of_gas`. `replacing`: a
   * signed transaction of `from` that waits in the network; while it does, its nonce is used again at a higher fee.
   */
  prepare(call: ChainCall, from: Address, replacing?: Hex): Promise<PreparedTransaction>;
  /** Sends signed bytes and returns their hash. May be repeated with the same bytes. */
  send(raw: Hex): Promise<Hex>;
  /** Whether the network has a transaction, mined or waiting. It may be anybody's. */
  isKnown(hash: Hex): Promise<boolean>;
  /** Waits for the network's confirmations. Throws `reverted` or `timeout`. */
  waitForReceipt(hash: Hex, options?: WaitOptions): Promise<Confirmed>;
}

export function createChain(network: Network, options: EndpointOptions = {}): Chain {
  const endpoints = createEndpoints(network, options);
  const { chainId, confirmations } = network;

  function contract(): Address {
    if (!network.stateChannels) throw new ChainError("wrong_contract");
    return network.stateChannels.address;
  }

  async function statesAt(client: Client, ids: readonly Hex[]) {
    const block = await confirmedBlock(client, confirmations);
    return { block, channels: await readStates(client, contract(), ids, block.number) };
  }

  return {
    network,
    check: () => endpoints.askContract(async () => undefined),
    tokenBalance: (token, owner) => endpoints.ask((client) => balanceOf(client, token, owner)),
    nativeBalance: (owner) => endpoints.ask((client) => balanceOf(client, NATIVE, owner)),
    allowance: (token, owner) =>
      endpoints.askContract((client) =>
        readContract(client, {
          address: token,
          abi: tokenAbi,
          functionName: "allowance",
          args: [owner, contract()],
        }),
      ),
    authorizationUsed: (token, from, nonce) =>
      endpoints.ask(async (client) => {
        const block = await confirmedBlock(client, confirmations);
        const used = await readContract(client, {
          address: token,
          abi: tokenAbi,
          functionName: "authorizationState",
          args: [from, nonce],
          blockNumber: block.number,
        });
        return { used, block };
      }),
    channelStates: (ids) => endpoints.askContract((client) => statesAt(client, ids)),
    channelStatesEverywhere: (ids) => endpoints.askContractEverywhere((client) => statesAt(client, ids)),
    pendingWithdrawal: (token, owner) =>
      endpoints.askContract((client) =>
        readContract(client, {
          address: contract(),
          abi: stateChannelsAbi,
          functionName: "pendingWithdrawal",
          args: [token, owner],
        }),
      ),
    confirmedBlock: () => endpoints.ask((client) => confirmedBlock(client, confirmations)),
    findChannels: async (payers, range) => {
      const toBlock = range.toBlock ?? (await endpoints.ask((client) => confirmedBlock(client, confirmations))).number;
      return findOpened(endpoints, { chainId, address: contract() }, payers, { ...range, toBlock });
    },
    prepare: (call, from, replacing) =>
      endpoints.askContract((client) =>
        prepareTransaction(client, chainId, from, encodeCall(contract(), call), replacing),
      ),
    send: (raw) => sendRaw(endpoints, raw),
    isKnown: (hash) => isKnown(endpoints, hash),
    waitForReceipt: (hash, wait) => waitUntilConfirmed(endpoints, confirmations, hash, wait),
  };
}
