/** Sells routes of an Express server for HTTP 402 payments over state channels. */
export type { ClaimedBatch, ClaimResult, UnsentClaim } from "./claims.ts";
export type { Events, ProviderEvents } from "./events.ts";
export { memoryStore } from "./memoryStore.ts";
export { type ChannelView, type PaymentMiddleware, paymentMiddleware } from "./middleware.ts";
export type { ClaimSchedule, Opening, PaymentOptions } from "./options.ts";
export type { UnsentClose } from "./payeeClose.ts";
export type { RouteOptions, RouteTable } from "./routes.ts";
export type { Sale } from "./sale.ts";
export type { SignedReceipt } from "./signer.ts";
export { sqliteStore } from "./sqliteStore.ts";
export type { Change, ChannelRecord, Entry, PaymentRecord, SignedState, Store } from "./store.ts";
