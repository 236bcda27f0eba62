/** The local chain that tests, bench and demo share: real EVM, real contracts, no network needed. */
export * from "./accounts.ts";
export * from "./bare.ts";
export * from "./network.ts";
export * from "./start.ts";
