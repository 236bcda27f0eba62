/** The owner's view of the money: what the provider's books hold, added up, in units and in words. */
import type { PaymentMiddleware, PaymentRecord } from "@tollpass/provider";
import type { Hex } from "viem";
import { goodAt, inDollars } from "./goods.ts";

/** Atomic units, over all channels. */
export interface Totals {
  /** Requests that were sold, those included that turned out to cost nothing. */
  readonly requests: number;
  readonly charged: bigint;
  readonly deposit: bigint;
  /** Acknowledged by readers and not yet taken from the chain. */
  readonly ready: bigint;
  /** Taken from the chain. */
  readonly claimed: bigint;
}

/** What the owner's page shows: amounts in words. */
export interface Books {
  readonly figures: Readonly<Record<"today" | "ready" | "claimed" | "sold", string>>;
  readonly claimable: boolean;
  readonly channels: readonly Readonly<Record<"payer" | "state" | "deposit" | "owed" | "earned" | "claimed", string>>[];
  readonly receipts: readonly {
    readonly at: number;
    readonly sold: string;
    readonly payer: string;
    readonly nonce: string;
    readonly charged: string;
  }[];
}

export interface Cashed {
  readonly text: string;
  readonly transactions: readonly Hex[];
}

export interface Till {
  totals(): Promise<Totals>;
  books(): Promise<Books>;
  /** Claims everything that is acknowledged. */
  cashIn(): Promise<Cashed>;
}

/** As many receipts as the owner's page has room for. */
const SHOWN = 20;
/** More than a demo sells in its life. */
const ALL = 100_000;

const add = <T>(items: readonly T[], amount: (item: T) => bigint): bigint =>
  items.reduce((sum, item) => sum + amount(item), 0n);

const shorten = (text: string): string => `${text.slice(0, 6)}…${text.slice(-4)}`;

function soldAs(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const file = path.split("/").at(-1) ?? path;
  return path.startsWith("/pictures/") ? file : (goodAt(path)?.description ?? path);
}

/** `gasUsed` looks a mined transaction up. */
export function openTill(paywall: PaymentMiddleware, gasUsed: (transaction: Hex) => Promise<bigint>): Till {
  const sold = async (): Promise<readonly PaymentRecord[]> =>
    (await paywall.receipts(ALL)).filter(({ phase }) => phase === "done");

  const totals = async (): Promise<Totals> => {
    const [channels, payments] = await Promise.all([paywall.channels(), sold()]);
    return {
      requests: payments.length,
      charged: add(payments, ({ charged }) => charged),
      deposit: add(channels, ({ deposit }) => deposit),
      ready: add(channels, ({ claimable }) => claimable),
      claimed: add(channels, ({ settled }) => settled),
    };
  };

  return {
    totals,
    async books() {
      const [channels, payments, { ready, claimed }] = await Promise.all([paywall.channels(), sold(), totals()]);
      const midnight = new Date().setHours(0, 0, 0, 0);
      const today = payments.filter(({ finishedAt }) => finishedAt >= midnight);
      const payers = new Map(channels.map(({ id, channel }) => [id, shorten(channel.payer)]));
      return {
        figures: {
          today: inDollars(add(today, ({ charged }) => charged)),
          ready: inDollars(ready),
          claimed: inDollars(claimed),
          sold: payments.length.toLocaleString("en"),
        },
        claimable: ready > 0n,
        channels: channels.map(({ channel, status, deposit, top, best, settled }) => ({
          payer: shorten(channel.payer),
          state: status,
          deposit: inDollars(deposit),
          owed: inDollars(top?.state.owed ?? 0n),
          earned: inDollars(best?.state.earned ?? 0n),
          claimed: inDollars(settled),
        })),
        receipts: payments.slice(0, SHOWN).map(({ finishedAt, url, channelId, nonce, charged }) => ({
          at: finishedAt,
          sold: soldAs(url),
          payer: payers.get(channelId) ?? "",
          nonce: nonce.toString(),
          charged: inDollars(charged),
        })),
      };
    },
    async cashIn() {
      const { paid, batches } = await paywall.claim();
      const transactions = batches.map(({ transaction }) => transaction);
      if (transactions.length === 0) return { text: "There is nothing new to cash in.", transactions };
      const gas = add(await Promise.all(transactions.map(gasUsed)), (each) => each);
      const readers = batches.reduce((sum, { channels }) => sum + channels.length, 0);
      const from = readers === 1 ? "one reader" : `${readers} readers`;
      const carrier = transactions.length === 1 ? "one transaction" : `${transactions.length} transactions`;
      return {
        text: `Cashed in ${inDollars(paid)} from ${from} in ${carrier}, for ${gas.toLocaleString("en")} gas:`,
        transactions,
      };
    },
  };
}
