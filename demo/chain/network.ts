/** The local chain as the wallet and the provider know networks. Free of Hardhat, so that any room can import it. */
import type { Network } from "@tollpass/protocol";
import { getContractAddress, type Hex } from "viem";
import { STATE_CHANNELS } from "../../contracts/deployment/create2.ts";
import { DEV_ACCOUNTS } from "./accounts.ts";

export const LOCAL_CHAIN_ID = 31337;

/**
 * Where `startChain` puts the contracts, at every start: the channel contract where it stands on every chain, the dollar
 * where the second transaction of `deployer` puts it.
 */
export const LOCAL_CONTRACTS = {
  stateChannels: STATE_CHANNELS.address,
  dollar: getContractAddress({ opcode: "CREATE", from: DEV_ACCOUNTS.deployer.address, nonce: 1n }),
} as const;

/** The `Network` record of a running local chain. */
export function localNetwork(chain: { readonly rpcUrl: string; readonly codeHash: Hex }): Network {
  return {
    id: `eip155:${LOCAL_CHAIN_ID}`,
    chainId: LOCAL_CHAIN_ID,
    name: "Local chain",
    testnet: true,
    rpcUrls: [chain.rpcUrl],
    confirmations: 1,
    stateChannels: { address: LOCAL_CONTRACTS.stateChannels, codeHash: chain.codeHash, deployBlock: 0 },
    tokens: [
      {
        address: LOCAL_CONTRACTS.dollar,
        symbol: "USDC",
        decimals: 6,
        dollar: true,
        eip712: { name: "USD Coin", version: "2" },
        eip3009: true,
      },
    ],
  };
}
