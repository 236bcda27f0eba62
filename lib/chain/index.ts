/** The chain as the wallet uses it: reads at confirmed blocks, own-gas transactions, errors in plain words. */
export { type AuthorizationFate, authorizationFate } from "./authorization.ts";
export { type Chain, createChain } from "./chain.ts";
export type { FindOptions, FoundChannel } from "./discover.ts";
export type { EndpointOptions } from "./endpoints.ts";
export { ChainError, type ChainErrorCode } from "./error.ts";
export type { BlockRef, OnChainChannel, OnChainStatus, PayeeClose } from "./reads.ts";
export { type Confirmed, transactionHash, type WaitOptions } from "./receipt.ts";
export { type ChainCall, MAX_FEE, type PreparedTransaction } from "./transactions.ts";
