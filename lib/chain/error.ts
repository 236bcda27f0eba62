/** The one error of the chain room: why something could not be read from the chain or written to it. */

/**
 * - `unreachable`: none of the network's RPC servers answered, or none has the blocks that a search asks for yet.
 * - `refused`: a server answered that it will not do it (log range too large, nonce used, rate limit).
 * - `bad_answer`: a server's answer contradicts itself or what it must be. Nothing of it was used.
 * - `wrong_chain`: the server speaks for another chain. `wrong_contract`: the code at the pinned address is not the
 *   pinned code.
 * - `reverted`: the contract says no; `reason` is the name of its error, or the token's text.
 * - `short_of_gas`: the account cannot pay for the transaction: `need` and `have` in wei.
 * - `timeout`: sent, but not seen in a block in time. It may still be mined.
 */
export type ChainErrorCode =
  | "unreachable"
  | "refused"
  | "bad_answer"
  | "wrong_chain"
  | "wrong_contract"
  | "reverted"
  | "short_of_gas"
  | "timeout";

const WORDS: Readonly<Record<ChainErrorCode, string>> = {
  unreachable: "The network cannot be reached right now.",
  refused: "The network's server would not do this.",
  bad_answer: "The network's server gave an answer that cannot be true. Nothing was signed.",
  wrong_chain: "The server that was asked belongs to another network. Nothing was signed.",
  wrong_contract: "The channel contract on this network is not the one this wallet knows. Nothing was signed.",
  reverted: "The contract refused this.",
  short_of_gas: "This account does not have enough of the network's coin to pay the fee.",
  timeout: "The transaction was sent but is not confirmed yet.",
};

export interface ChainErrorDetails {
  /** In plain words, in place of the general ones. */
  readonly message?: string;
  readonly reason?: string;
  readonly need?: bigint;
  readonly have?: bigint;
  readonly cause?: unknown;
}

/** `code` is stable; `message` is for people. */
export class ChainError extends Error {
  override readonly name = "ChainError";
  readonly code: ChainErrorCode;
  readonly reason: string | undefined;
  readonly need: bigint | undefined;
  readonly have: bigint | undefined;

  constructor(code: ChainErrorCode, details: ChainErrorDetails = {}) {
    super(details.message ?? WORDS[code], { cause: details.cause });
    this.code = code;
    this.reason = details.reason;
    this.need = details.need;
    this.have = details.have;
  }
}
