/** What went wrong with a call, from what viem throws: a contract's own error in plain words, or the server's fault. */
import { plainText, stateChannelsAbi } from "@tollpass/protocol";
import {
  BaseError,
  type ContractErrorName,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  InsufficientFundsError,
  isHex,
  parseAbi,
  RpcRequestError,
  TimeoutError,
} from "viem";
import { ChainError } from "./error.ts";

/** Errors of tokens: OpenZeppelin's ERC-20 (ERC-6093) and SafeERC20. USDC speaks in strings. */
const tokenErrors = parseAbi([
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
  "error SafeERC20FailedOperation(address token)",
]);

/** What Solidity itself reverts with. */
const languageErrors = parseAbi(["error Error(string message)", "error Panic(uint256 code)"]);

type Reason = ContractErrorName<typeof stateChannelsAbi> | ContractErrorName<typeof tokenErrors>;

/** Every error that the channel contract declares has its words here: a new one does not compile without. */
const WORDS: Readonly<Record<Reason, string>> = {
  AmountTooLarge: "The channel cannot hold that much.",
  ChallengePeriodNotOver: "This close can still be challenged.",
  ChallengePeriodOutOfBounds: "The site's challenge period is outside what the contract allows.",
  ChallengePeriodOver: "The time to challenge this close is over.",
  CloseAmountOutOfRange: "The amount of this close does not fit what was signed.",
  ExitDelayOutOfBounds: "The site's exit delay is outside what the contract allows.",
  ExitDue: "The exit is due: the site can no longer close this channel.",
  ExitNotDue: "The waiting time of this exit is not over yet.",
  Expired: "The signed request is too old. It can be signed again.",
  InexactTransfer: "This token takes a part of each transfer, so it cannot be used in channels.",
  InsufficientGas: "The fee was too small for this. It can be sent again with more of it.",
  InvalidParty: "The channel names nobody as its payer or payee.",
  InvalidSignature: "A signature does not belong to this channel.",
  InvalidSigners: "The channel's two signing keys are missing or the same.",
  NoFraud: "This receipt does not show that the site takes too much.",
  NotPayee: "Only the site can close this channel by itself.",
  NotPayer: "Only the account that opened this channel can do this.",
  NothingToWithdraw: "Nothing is held for this account.",
  PaidOutOfRange: "The final amount does not fit what the channel holds.",
  Reentrancy: "The token called back into the contract.",
  RefundNoncesExhausted: "This channel cannot be refunded any more. It can be closed.",
  RefundTooLarge: "The refund is larger than what the channel holds.",
  TokenRequired: "This works with tokens only.",
  UndeliverablePayout: "The account still cannot receive this payout.",
  WrongRefundNonce: "This refund was made already.",
  WrongStatus: "The channel's status does not allow this.",
  WrongValue: "The coins sent along do not match the deposit.",
  ZeroAmount: "The amount is zero.",
  ERC20InsufficientBalance: "The account does not have that much of the token.",
  ERC20InsufficientAllowance: "The contract may not take that much of the token.",
  SafeERC20FailedOperation: "The token refused the transfer.",
};

/** Longest text of a token that is kept. */
const MAX_TEXT = 200;

/** Turns whatever a viem action threw into a ChainError. */
export function toChainError(error: unknown): ChainError {
  if (error instanceof ChainError) return error;
  if (!(error instanceof BaseError)) return new ChainError("bad_answer", { cause: error });
  if (find(error, InsufficientFundsError)) return new ChainError("short_of_gas", { cause: error });
  const data = revertData(error);
  if (data) return revertedWith(data, error);
  const rpcError = find(error, RpcRequestError);
  if (rpcError) {
    const reverted = rpcError.code === 3 || /revert/i.test(rpcError.details);
    return new ChainError(reverted ? "reverted" : "refused", { cause: error });
  }
  if (find(error, TimeoutError) || find(error, HttpRequestError))
    return new ChainError("unreachable", { cause: error });
  return new ChainError("bad_answer", { cause: error });
}

/** The reason in revert data: a declared error, `Error(string)`, `Panic(uint256)`, or nothing that is known. */
function revertedWith(data: Hex, cause: unknown): ChainError {
  try {
    const decoded = decodeErrorResult({ abi: [...stateChannelsAbi, ...tokenErrors, ...languageErrors], data });
    if (decoded.errorName === "Error") {
      const reason = plainText(decoded.args[0], MAX_TEXT);
      return new ChainError("reverted", { reason, message: `The token refused this: ${reason}`, cause });
    }
    if (decoded.errorName === "Panic") return new ChainError("reverted", { reason: "Panic", cause });
    return new ChainError("reverted", { reason: decoded.errorName, message: WORDS[decoded.errorName], cause });
  } catch {
    return new ChainError("reverted", { cause });
  }
}

/** Revert data where servers put it: `error.data`, or one level deeper as Hardhat does. */
function revertData(error: BaseError): Hex | undefined {
  let data: Hex | undefined;
  error.walk((inner) => {
    const outer: unknown = (inner as { data?: unknown }).data;
    const nested: unknown = typeof outer === "object" && outer !== null ? (outer as { data?: unknown }).data : outer;
    if (isHex(nested) && nested.length >= 10) data = nested;
    return data !== undefined;
  });
  return data;
}

function find<T extends Error>(error: BaseError, type: abstract new (...args: never[]) => T): T | undefined {
  const found = error.walk((inner) => inner instanceof type);
  return found instanceof type ? found : undefined;
}
