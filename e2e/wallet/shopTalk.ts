/** What a shop process and the spec that forked it say to each other. */
import type { Network } from "@tollpass/protocol";
import type { RouteTable } from "@tollpass/provider";
import type { Address, Hex } from "viem";

export interface ShopConfig {
  readonly network: Network;
  readonly payTo: Address;
  readonly relayKey: Hex;
  /** Where its database is: the same folder is the same shop. */
  readonly folder: string;
  readonly routes: RouteTable;
  /** The least deposit that it relays, as a price; the middleware's default if not said. */
  readonly minDeposit?: string;
  /** 0 lets the operating system choose. */
  readonly port: number;
}

/** The provider's own figures. Amounts in atomic units. */
export interface Books {
  readonly channels: readonly {
    readonly id: Hex;
    readonly status: string;
    readonly deposit: bigint;
    readonly settled: bigint;
    readonly claimable: bigint;
    readonly charged: bigint;
    readonly reserved: bigint;
    readonly credited: bigint;
    readonly acknowledged: bigint;
  }[];
  /** Finished ones, newest first. */
  readonly payments: readonly {
    readonly nonce: bigint;
    readonly phase: string;
    readonly charged: bigint;
    readonly url: string;
  }[];
}

export interface Orders {
  /** Resolves to the origin when the shop listens. */
  start(): Promise<string>;
  /** While on, paid handlers run but their answers wait; off lets all of them go. */
  hold(on: boolean): Promise<void>;
  books(): Promise<Books>;
  /** Claims what is acknowledged; resolves to what was paid out. */
  claim(): Promise<bigint>;
  stop(): Promise<void>;
}

export type ShopRequest = { readonly id: number } & (
  | { readonly order: "start"; readonly config: ShopConfig }
  | { readonly order: "hold"; readonly on: boolean }
  | { readonly order: "books" | "claim" | "stop" }
);

export type ShopReply = { readonly id: number } & ({ readonly result: unknown } | { readonly failed: string });

/** `arrived`: a request with a payment reached the shop. `served`: its handler ran. */
export type ShopNews =
  | { readonly news: "arrived"; readonly path: string; readonly payment: string }
  | { readonly news: "served"; readonly path: string };
