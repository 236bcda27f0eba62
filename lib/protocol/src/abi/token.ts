/** What the wallet asks of an ERC-20 token: the token's own views (ERC-20), its authorizations (EIP-3009), its transfers. */

const STRING = [{ name: "", type: "string" }] as const;
const AMOUNT = [{ name: "", type: "uint256" }] as const;

export const tokenAbi = [
  {
    type: "function",
    name: "balanceOf",
    stateMutability: "view",
    inputs: [{ name: "account", type: "address" }],
    outputs: AMOUNT,
  },
  {
    type: "function",
    name: "allowance",
    stateMutability: "view",
    inputs: [
      { name: "owner", type: "address" },
      { name: "spender", type: "address" },
    ],
    outputs: AMOUNT,
  },
  {
    type: "function",
    name: "approve",
    stateMutability: "nonpayable",
    inputs: [
      { name: "spender", type: "address" },
      { name: "amount", type: "uint256" },
    ],
    outputs: [{ name: "", type: "bool" }],
  },
  {
    /** Whether the EIP-3009 nonce of this authorizer was used or cancelled. */
    type: "function",
    name: "authorizationState",
    stateMutability: "view",
    inputs: [
      { name: "authorizer", type: "address" },
      { name: "nonce", type: "bytes32" },
    ],
    outputs: [{ name: "", type: "bool" }],
  },
  {
    type: "function",
    name: "decimals",
    stateMutability: "view",
    inputs: [],
    outputs: [{ name: "", type: "uint8" }],
  },
  { type: "function", name: "symbol", stateMutability: "view", inputs: [], outputs: STRING },
  { type: "function", name: "name", stateMutability: "view", inputs: [], outputs: STRING },
  { type: "function", name: "version", stateMutability: "view", inputs: [], outputs: STRING },
  {
    type: "event",
    name: "Transfer",
    inputs: [
      { name: "from", type: "address", indexed: true },
      { name: "to", type: "address", indexed: true },
      { name: "value", type: "uint256", indexed: false },
    ],
  },
] as const;
