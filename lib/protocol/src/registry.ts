/**
 * Networks and tokens as data. Symbol, decimals and EIP-712 domain of a token come from here, never from a server:
 * a token that is not listed cannot be paid with. One file per chain is in `networks/`.
 */
import type { Address } from "viem";
import { base } from "./networks/base.ts";
import { baseSepolia } from "./networks/baseSepolia.ts";

/** CAIP-2 id of an EVM chain, such as "eip155:84532". */
export type Caip2 = `eip155:${number}`;

export interface Token {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
  /** One unit of the token is worth one US dollar, so budgets in dollars apply to it one to one. */
  readonly dollar: boolean;
  /** EIP-712 domain for EIP-3009 and EIP-2612, or undefined if the token has neither. */
  readonly eip712?: { readonly name: string; readonly version: string };
  readonly eip3009: boolean;
}

export interface Network {
  readonly id: Caip2;
  readonly chainId: number;
  readonly name: string;
  readonly testnet: boolean;
  /**
   * JSON-RPC servers, the one to ask first first. Of two operators at least on a public network: what one server alone
   * says of a payee's close is not believed.
   */
  readonly rpcUrls: readonly string[];
  /**
   * The channel contract that the wallet pins on this chain, or undefined where none is deployed. Written out, not
   * computed: it says what stands there, also when the source has moved on. `npm run deploy` prints and checks it.
   */
  readonly stateChannels?: {
    readonly address: Address;
    readonly codeHash?: `0x${string}`;
    /** The block of its deployment, where a search for channels begins: a later one would hide channels. */
    readonly deployBlock: number;
  };
  readonly tokens: readonly Token[];
  /** Blocks after which a transaction is treated as final. */
  readonly confirmations: number;
}

/** The names that x402 v1 used in place of CAIP-2 ids. */
export const LEGACY_NETWORK_NAMES: Readonly<Record<string, Caip2>> = {
  base: "eip155:8453",
  "base-sepolia": "eip155:84532",
  polygon: "eip155:137",
  "polygon-amoy": "eip155:80002",
  avalanche: "eip155:43114",
  "avalanche-fuji": "eip155:43113",
  sei: "eip155:1329",
  "sei-testnet": "eip155:1328",
};

export const NETWORKS: readonly Network[] = [baseSepolia, base];

/** The network's numeric chain id, or undefined if the text is not a CAIP-2 id of an EVM chain. */
export function chainIdOf(network: string): number | undefined {
  const match = /^eip155:([1-9][0-9]{0,15})$/.exec(network);
  const id = Number(match?.[1]);
  return Number.isSafeInteger(id) ? id : undefined;
}

export function findNetwork(networks: readonly Network[], id: string): Network | undefined {
  return networks.find((network) => network.id === id);
}

export function findToken(network: Network, address: string): Token | undefined {
  return network.tokens.find((token) => token.address.toLowerCase() === address.toLowerCase());
}
