/** Base Sepolia: the test network of Base. */
import type { Network } from "../registry.ts";

export const baseSepolia: Network = {
  id: "eip155:84532",
  chainId: 84532,
  name: "Base Sepolia",
  testnet: true,
  rpcUrls: ["https://sepolia.base.org", "https://base-sepolia-rpc.publicnode.com"],
  confirmations: 1,
  tokens: [
    {
      address: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
      symbol: "USDC",
      decimals: 6,
      dollar: true,
      eip712: { name: "USDC", version: "2" },
      eip3009: true,
    },
  ],
};
