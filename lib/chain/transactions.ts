/** Transactions that the person pays the gas for: encoded here, tried out on the server first, priced, sent, awaited. */
import {
  type Channel,
  type DepositAuthorization,
  NATIVE,
  type Receipt,
  stateChannelsAbi,
  tokenAbi,
} from "@tollpass/protocol";
import {
  type Address,
  type Client,
  encodeFunctionData,
  type Hex,
  isHex,
  parseAbi,
  parseTransaction,
  serializeTransaction,
  type TransactionSerializableEIP1559,
} from "viem";
import {
  call as callContract,
  estimateGas,
  estimateMaxPriorityFeePerGas,
  getBalance,
  getBlock,
  getTransactionCount,
} from "viem/actions";
import { ChainError } from "./error.ts";
import { toChainError } from "./reasons.ts";

/** What can be done on chain with the wallet's own gas. Amounts in atomic units, deadlines in seconds since 1970. */
export type ChainCall =
  /** Lets the channel contract take `amount` of a token for a `deposit`. */
  | { readonly kind: "approve"; readonly token: Address; readonly amount: bigint }
  /** Opens or tops up with the sender's money: coins sent along, or a token that was approved before. */
  | { readonly kind: "deposit"; readonly channel: Channel; readonly amount: bigint }
  /** Opens or tops up on a signed EIP-3009 authorization: one transaction, the same that a provider would relay. */
  | { readonly kind: "depositWithAuthorization"; readonly channel: Channel; readonly deposit: DepositAuthorization }
  /** Starts the exit; the sender must be payer or payerSigner. */
  | { readonly kind: "requestExit"; readonly channel: Channel }
  /** Starts the exit on a signature, so that another account can pay the gas. */
  | {
      readonly kind: "requestExitWithSignature";
      readonly channel: Channel;
      readonly deadline: number;
      readonly signature: Hex;
    }
  /** Ends an exiting channel whose waiting time is over. */
  | { readonly kind: "exit"; readonly channel: Channel }
  /** Proves with a receipt of the payee that its pending close takes too much: all that is left goes to the payer. */
  | {
      readonly kind: "challenge";
      readonly channel: Channel;
      readonly receipt: Pick<Receipt, "nonce" | "charged" | "credited" | "ref">;
      /** The payee's, of the receipt. */
      readonly signature: Hex;
    }
  /** Ends a close by the payee that nobody challenged in time. */
  | { readonly kind: "finalizeClose"; readonly channel: Channel }
  /** Delivers a payout that is held for `owner`. */
  | { readonly kind: "withdraw"; readonly token: Address; readonly owner: Address };

/** A transaction that the server has tried out. `need` is the most it can cost and move, `have` the balance, in wei. */
export interface PreparedTransaction {
  readonly transaction: TransactionSerializableEIP1559;
  readonly need: bigint;
  readonly have: bigint;
  /** It has the nonce of the transaction that it was to replace. */
  readonly replaces: boolean;
}

/** The most that the wallet pays in fees for one transaction, in wei (0.02 ETH): above it, the server lies or it waits. */
export const MAX_FEE = 20_000_000_000_000_000n;
/** No call of the contract needs more; what a deposit is reckoned at when it cannot be tried for want of coins. */
const GAS_CEILING = 250_000n;

/** OP-stack chains charge the data's cost on L1 beside the gas and tell it in this predeploy (Base among them). */
const L1_FEE_ORACLE: Address = "0x420000000000000000000000000000000000000F";
const l1FeeAbi = parseAbi(["function getL1Fee(bytes data) view returns (uint256)"]);

interface Encoded {
  readonly to: Address;
  readonly data: Hex;
  readonly value: bigint;
}

/** The transaction's target, calldata and coins. Made here alone: a server has no say in it. */
export function encodeCall(contract: Address, call: ChainCall): Encoded {
  const abi = stateChannelsAbi;
  const free = (data: Hex): Encoded => ({ to: contract, data, value: 0n });
  switch (call.kind) {
    case "approve": {
      const args = [contract, call.amount] as const;
      return { to: call.token, data: encodeFunctionData({ abi: tokenAbi, functionName: "approve", args }), value: 0n };
    }
    case "deposit": {
      const data = encodeFunctionData({ abi, functionName: "deposit", args: [call.channel, call.amount] });
      return { to: contract, data, value: call.channel.token === NATIVE ? call.amount : 0n };
    }
    case "depositWithAuthorization": {
      const { amount, validAfter, validBefore, salt, signature } = call.deposit;
      const args = [call.channel, amount, validAfter, validBefore, salt, signature] as const;
      return free(encodeFunctionData({ abi, functionName: "depositWithAuthorization", args }));
    }
    case "requestExit":
      return free(encodeFunctionData({ abi, functionName: "requestExit", args: [call.channel] }));
    case "requestExitWithSignature": {
      const args = [call.channel, call.deadline, call.signature] as const;
      return free(encodeFunctionData({ abi, functionName: "requestExitWithSignature", args }));
    }
    case "exit":
      return free(encodeFunctionData({ abi, functionName: "exit", args: [call.channel] }));
    case "challenge": {
      const args = [call.channel, call.receipt, call.signature] as const;
      return free(encodeFunctionData({ abi, functionName: "challenge", args }));
    }
    case "finalizeClose":
      return free(encodeFunctionData({ abi, functionName: "finalizeClose", args: [call.channel] }));
    case "withdraw":
      return free(encodeFunctionData({ abi, functionName: "withdraw", args: [call.token, call.owner] }));
  }
}

/** Servers take the place of a waiting transaction for one that pays an eighth more of both fees, rounded up. */
const raised = (fee: bigint): bigint => fee + fee / 8n + 1n;
const higher = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * Tries the call out as `from`, then prices it. `replacing` is a signed transaction of `from`: while that one is in no
 * block, this one takes its nonce and pays more, so that one of the two is mined and never both. Throws `reverted` with
 * the contract's reason, `short_of_gas` with what is needed, or `bad_answer` for a fee beyond `MAX_FEE`.
 */
export async function prepareTransaction(
  client: Client,
  chainId: number,
  from: Address,
  encoded: Encoded,
  replacing?: Hex,
): Promise<PreparedTransaction> {
  const { to, data, value } = encoded;
  const [have, block, tip, next, mined] = await Promise.all([
    getBalance(client, { address: from }),
    getBlock(client, { includeTransactions: false }),
    estimateMaxPriorityFeePerGas(client, { chain: undefined }),
    getTransactionCount(client, { address: from, blockTag: "pending" }),
    getTransactionCount(client, { address: from, blockTag: "latest" }),
  ]);
  if (block.baseFeePerGas === null) throw new ChainError("bad_answer");
  const before = replacing === undefined ? undefined : parseTransaction(replacing);
  const replaced = before?.nonce !== undefined && before.nonce >= mined ? before : undefined;
  const nonce = replaced?.nonce ?? next;
  const maxPriorityFeePerGas = replaced ? higher(tip, raised(replaced.maxPriorityFeePerGas ?? 0n)) : tip;
  // Twice the base fee outlasts six full blocks in a row (EIP-1559: at most 12.5 % each).
  const market = block.baseFeePerGas * 2n + maxPriorityFeePerGas;
  const maxFeePerGas = replaced ? higher(market, raised(replaced.maxFeePerGas ?? 0n)) : market;
  const fees = { maxFeePerGas, maxPriorityFeePerGas };
  const transactionWith = (gas: bigint): TransactionSerializableEIP1559 => ({
    type: "eip1559",
    chainId,
    nonce,
    to,
    data,
    value,
    gas,
    ...fees,
  });
  const needOf = async (transaction: TransactionSerializableEIP1559, gas: bigint) => {
    const fee = gas * fees.maxFeePerGas + (await l1Fee(client, transaction));
    if (fee > MAX_FEE) throw new ChainError("bad_answer");
    return fee + value;
  };

  // Coins that are not there cannot be sent along even in a trial.
  if (have < value) {
    throw new ChainError("short_of_gas", { need: await needOf(transactionWith(GAS_CEILING), GAS_CEILING), have });
  }
  // The estimate runs the call: what the contract refuses ends here.
  const estimate = await estimateGas(client, { account: from, to, data, value });
  // What others do in between may cost this call a few more storage writes.
  const gas = (estimate * 12n) / 10n;
  const transaction = transactionWith(gas);
  const need = await needOf(transaction, gas);
  if (have < need) throw new ChainError("short_of_gas", { need, have });
  return { transaction, need, have, replaces: replaced !== undefined };
}

/** Zero on chains that have no such oracle. Half as much again, since the L1 price moves until the transaction lands. */
async function l1Fee(client: Client, transaction: TransactionSerializableEIP1559): Promise<bigint> {
  const data = encodeFunctionData({
    abi: l1FeeAbi,
    functionName: "getL1Fee",
    args: [serializeTransaction(transaction)],
  });
  const answer = await callContract(client, { to: L1_FEE_ORACLE, data }).catch((error: unknown) => {
    const chainError = toChainError(error);
    if (chainError.code === "reverted") return undefined;
    throw chainError;
  });
  if (!answer?.data || !isHex(answer.data) || answer.data.length !== 66) return 0n;
  return (BigInt(answer.data) * 3n) / 2n;
}
