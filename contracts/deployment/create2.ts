// Where StateChannels stands: at one address on every chain, which follows from its code alone. It is deployed by the
// canonical deterministic deployer (github.com/Arachnid/deterministic-deployment-proxy) by CREATE2 (EIP-1014), with
// salt 0. The contract has no constructor arguments and no owner, so it does not matter who sends the transaction.
import { type Address, concat, getCreate2Address, type Hex, keccak256 } from "viem";
import { stateChannelsBytecode, stateChannelsDeployedBytecode } from "../generated/stateChannels.gen.ts";

/** The deployer's address on every chain: CREATE by the sender of `PRESIGNED`, nonce 0. */
export const DEPLOYER: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** The code of the deployer: takes a salt and creation code, and answers with the new contract's address. */
export const DEPLOYER_CODE: Hex =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

/**
 * The transaction that puts the deployer on a chain that lacks it. Its signature was chosen, not made, so nobody has the
 * key of its sender; it names no chain (before EIP-155), so it is good on every one that still takes such transactions.
 */
export const PRESIGNED: Hex =
  "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222";
/** Its sender, and the wei that it has to have: 100,000 gas at 100 gwei. */
export const PRESIGNED_SENDER: Address = "0x3fAB184622Dc19b6109349B94811493BF2a45362";
export const PRESIGNED_COST = 10n ** 16n;

const SALT: Hex = `0x${"00".repeat(32)}`;

/** What a contract with this creation code has for an address, on every chain. */
export const addressOf = (bytecode: Hex): Address => getCreate2Address({ from: DEPLOYER, salt: SALT, bytecode });

/** Calldata for the deployer. */
export const deploymentData = (bytecode: Hex): Hex => concat([SALT, bytecode]);

/** Address and code hash of StateChannels as it is in this version: what a network record pins where it is deployed. */
export const STATE_CHANNELS = {
  address: addressOf(stateChannelsBytecode),
  codeHash: keccak256(stateChannelsDeployedBytecode),
} as const;
