/** What can be configured, and what is used where nothing is: every default of a provider in one place. */
import {
  addressSchema,
  type Caip2,
  CHALLENGE_PERIOD,
  EXIT_DELAY,
  findNetwork,
  NETWORKS,
  type Network,
  parsePrice,
  type Token,
} from "@tollpass/protocol";
import type { Request } from "express";
import type { Address, Hex } from "viem";
import { sqliteStore } from "./sqliteStore.ts";
import type { Store } from "./store.ts";

/** A payer that is about to open a channel: with a relayed deposit, or with one of its own found on the chain. */
export interface Opening {
  readonly channelId: Hex;
  readonly payer: Address;
  /** Atomic units of `token`. */
  readonly amount: bigint;
  readonly token: Address;
  readonly request: Request;
}

export interface ClaimSchedule {
  /** How often to look. Default 60. */
  readonly everyMinutes?: number;
  /** Claim only when at least this much can be claimed, such as "$1.00" (the default). */
  readonly thresholdAmount?: string;
}

/** All optional. Amounts such as "$0.10" are in units of the dollar token. */
export interface PaymentOptions {
  /** A network record, or the CAIP-2 id of one that is known. Default: Base Sepolia. */
  readonly network?: Network | Caip2;
  /** JSON-RPC endpoint. Default: the network's public ones, each asked when those before it fail. */
  readonly rpcUrl?: string;
  /** The channel contract. Default: the one that the network record names. */
  readonly contract?: Address;
  /** Key of an account with some of the chain's coin for gas. With it deposits, refunds, closes and exits are relayed and claims are sent. */
  readonly relayKey?: Hex;
  /** Default: SQLite in `.tollpass/provider.sqlite`. */
  readonly store?: Store;
  /** Key that signs receipts. Default: made once and kept in the store. */
  readonly receiptKey?: Hex;
  /** When to claim without being told. `false`: only on command. Needs `relayKey`. */
  readonly claim?: ClaimSchedule | false;
  /** Least deposit that is relayed. Default "$0.10". */
  readonly minDeposit?: string;
  /** Requests that may be unacknowledged per channel, those in flight included. Default 16. */
  readonly maxUnacked?: number;
  /** How far below the highest nonce one may arrive. Default 1024. */
  readonly window?: number;
  /** Seconds, 1 to 30 days. Default 7 days. */
  readonly exitDelay?: number;
  /** Seconds, 1 hour to 7 days. Default 24 hours. */
  readonly challengePeriod?: number;
  /** Asked once per channel, before its first payment. Resolve to false, or to a reason in words, to turn the payer away. */
  readonly onBeforeOpen?: (opening: Opening) => boolean | string | Promise<boolean | string>;
  /** Origin (and path prefix) under which readers reach this server. Default: what each request says. */
  readonly publicUrl?: string;
  /** Deposits relayed per payer and in all, within ten minutes. Default 5 and 300. */
  readonly relayLimits?: { readonly perPayer?: number; readonly total?: number };
  /**
   * Whose exits are relayed. "anyone": also those of channels with other payees on this network, at most 60 an hour, so
   * that readers get their money back where a site is gone. Default "customers".
   */
  readonly relayExits?: "customers" | "anyone";
  /** `false`: set no CORS headers at all. Default: any origin may see prices and what it paid for, without cookies. */
  readonly cors?: boolean;
  /** Seconds between looks at the chain for exits. Default 30. */
  readonly watchSeconds?: number;
  /** Where warnings and notes for the operator go. Default: the console. */
  readonly log?: Pick<Console, "info" | "warn">;
}

export interface Settings {
  readonly payTo: Address;
  readonly network: Network;
  readonly rpcUrls: readonly string[];
  /** Undefined where no channel contract is known: prices are shown, nothing can be paid. */
  readonly contract: Address | undefined;
  readonly dollar: Token | undefined;
  readonly relayKey: Hex | undefined;
  readonly receiptKey: Hex | undefined;
  readonly store: Store;
  readonly claim: { readonly everyMinutes: number; readonly threshold: bigint } | undefined;
  readonly minDeposit: bigint;
  readonly maxUnacked: bigint;
  readonly window: bigint;
  readonly exitDelay: number;
  readonly challengePeriod: number;
  readonly onBeforeOpen: PaymentOptions["onBeforeOpen"];
  readonly publicUrl: string | undefined;
  readonly relayLimits: { readonly perPayer: number; readonly total: number };
  readonly relayExits: "customers" | "anyone";
  readonly cors: boolean;
  readonly watchSeconds: number;
  readonly log: Pick<Console, "info" | "warn">;
}

function within(name: string, value: number, { min, max }: { min: number; max: number }): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} is ${value}: it must be a whole number from ${min} to ${max}.`);
  }
  return value;
}

function storeOf(options: PaymentOptions): Store {
  const store = options.store ?? sqliteStore();
  if (store.atomic !== true) throw new TypeError("The store does not promise atomic changes.");
  if (!store.durable && process.env.NODE_ENV === "production") {
    throw new TypeError(
      "This store forgets every unclaimed payment when the process ends, so it is refused in production. Leave out `store` to use SQLite.",
    );
  }
  return store;
}

/** Fills in the defaults. Throws a TypeError that says what is wrong and what is allowed. */
export function settingsOf(payTo: string, options: PaymentOptions): Settings {
  const payee = addressSchema.safeParse(payTo);
  if (!payee.success || BigInt(payee.data) === 0n) {
    throw new TypeError(`"${payTo}" is not a wallet address: 0x and 40 hexadecimal digits.`);
  }
  const asked = options.network ?? "eip155:84532";
  const network = typeof asked === "string" ? findNetwork(NETWORKS, asked) : asked;
  if (!network) {
    throw new TypeError(
      `${asked} is not a known network: give a network record, or one of ${NETWORKS.map(({ id }) => id).join(", ")}.`,
    );
  }
  const dollar = network.tokens.find((token) => token.dollar);
  const amount = (text: string) => parsePrice(text, dollar?.decimals ?? 6);
  const schedule = options.claim === false ? undefined : (options.claim ?? {});
  return {
    payTo: payee.data,
    network,
    rpcUrls: options.rpcUrl ? [options.rpcUrl] : network.rpcUrls,
    contract: options.contract ? addressSchema.parse(options.contract) : network.stateChannels?.address,
    dollar,
    relayKey: options.relayKey,
    receiptKey: options.receiptKey,
    store: storeOf(options),
    claim: schedule && {
      everyMinutes: within("claim.everyMinutes", schedule.everyMinutes ?? 60, { min: 1, max: 7 * 24 * 60 }),
      threshold: amount(schedule.thresholdAmount ?? "$1.00"),
    },
    minDeposit: amount(options.minDeposit ?? "$0.10"),
    maxUnacked: BigInt(within("maxUnacked", options.maxUnacked ?? 16, { min: 1, max: 100_000 })),
    window: BigInt(within("window", options.window ?? 1024, { min: 1, max: 100_000 })),
    exitDelay: within("exitDelay", options.exitDelay ?? EXIT_DELAY.default, EXIT_DELAY),
    challengePeriod: within("challengePeriod", options.challengePeriod ?? CHALLENGE_PERIOD.default, CHALLENGE_PERIOD),
    onBeforeOpen: options.onBeforeOpen,
    publicUrl: options.publicUrl?.replace(/\/+$/, ""),
    relayLimits: { perPayer: options.relayLimits?.perPayer ?? 5, total: options.relayLimits?.total ?? 300 },
    relayExits: options.relayExits ?? "customers",
    cors: options.cors ?? true,
    watchSeconds: within("watchSeconds", options.watchSeconds ?? 30, { min: 1, max: 3_600 }),
    log: options.log ?? console,
  };
}
