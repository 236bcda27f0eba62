/** Base: real money. */
import type { Network } from "../registry.ts";

export const base: Network = {
  id: "eip155:8453",
  chainId: 8453,
  name: "Base",
  testnet: false,
  rpcUrls: ["https://mainnet.base.org", "https://base-rpc.publicnode.com"],
  confirmations: 2,
  tokens: [
    {
      address: "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
      symbol: "USDC",
      decimals: 6,
      dollar: true,
      eip712: { name: "USD Coin", version: "2" },
      eip3009: true,
    },
  ],
};
