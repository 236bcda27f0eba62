/** An empty local chain inside this process: real EVM, JSON-RPC over HTTP, nothing deployed on it. */
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { createTestClient, defineChain, http, publicActions } from "viem";
import { LOCAL_CHAIN_ID } from "./network.ts";

/** The address that Multicall3 has on nearly every chain. */
export const MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11";

/** `port` 0 (the default) lets the operating system choose. */
export interface LocalChainOptions {
  readonly port?: number;
}

/** A fresh chain with Hardhat's funded accounts; nothing of it survives `close`. */
export async function startBareChain(options: LocalChainOptions = {}) {
  const hre = await createHardhatRuntimeEnvironment({
    networks: {
      default: {
        type: "edr-simulated",
        // Later hardforks cap one transaction at 2^24 gas, which a batch of claims may pass.
        hardfork: "cancun",
        chainId: LOCAL_CHAIN_ID,
        // Many transactions within one second must not push the chain's clock ahead of the wall clock.
        allowBlocksWithSameTimestamp: true,
      },
    },
  });
  const server = await hre.network.createServer("default", "127.0.0.1", options.port ?? 0);
  const { port } = await server.listen();
  const rpcUrl = `http://127.0.0.1:${port}`;
  const viemChain = defineChain({
    id: LOCAL_CHAIN_ID,
    name: "Local chain",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
    contracts: { multicall3: { address: MULTICALL3 } },
    testnet: true,
  });
  const client = createTestClient({
    chain: viemChain,
    mode: "hardhat",
    pollingInterval: 20,
    cacheTime: 0,
    transport: http(rpcUrl),
  }).extend(publicActions);
  return { rpcUrl, viemChain, client, close: () => server.close() };
}
