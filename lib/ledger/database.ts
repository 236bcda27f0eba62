/**
 * The database: its tables, its connection, and the two ways in. Every change of money is one `write`: a read-write
 * transaction with strict durability, so that it is on the disk before a byte leaves the browser. Nothing but
 * IndexedDB is awaited inside.
 */

import Dexie, { type Table } from "dexie";
import { type Grant, grantSchema, type PriceMemory } from "#budget";
import { asLedgerError, LedgerError } from "./errors.ts";
import { GroupCommit } from "./groupCommit.ts";
import { type Resource, resourceOf, whatAwaits, whatIsUnserved, whereItMayPay } from "./indexes.ts";
import { BACKUPS, declare, MIGRATIONS, type Row, upTo } from "./migrations.ts";
import { parse, Records } from "./records.ts";
import {
  type ChannelRecord,
  channelRecordSchema,
  type PaymentRecord,
  paymentRecordSchema,
  priceMemorySchema,
  type SiteRecord,
  siteRecordSchema,
  toRow,
  type WalletRecord,
  walletRecordSchema,
} from "./rows.ts";

/** Key of a price: which page of which payee, in which asset. */
export type PriceKey = [site: string, payeeOrigin: string, network: string, asset: string, pattern: string];

export interface LedgerPorts {
  /** The browser's IndexedDB unless another is given. */
  readonly indexedDB?: IDBFactory | undefined;
  readonly IDBKeyRange?: typeof IDBKeyRange | undefined;
  /** Name of the database; "tollpass" unless another is given. */
  readonly name?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** An id that was never given before, such as crypto.randomUUID(). */
  readonly randomId: () => string;
}

/** What changed, coarsely: enough for a screen to know whether to read again. */
export type Topic = "grants" | "sites" | "payments" | "channels" | "wallet";

const TABLES = ["grants", "sites", "payments", "channels", "prices", "wallet", BACKUPS];

/** So long an older window of the extension may hold the database before opening it counts as failed, in milliseconds. */
const BLOCKED = 5_000;

export class Database {
  readonly grants: Records<Grant>;
  readonly sites: Records<SiteRecord>;
  readonly payments: Records<PaymentRecord>;
  readonly channels: Records<ChannelRecord>;
  readonly now: () => number;
  readonly randomId: () => string;
  readonly #dexie: Dexie;
  readonly #group = new GroupCommit({
    transaction: (body) => this.#run("rw", body),
    writes: () => this.#writes,
  });
  #writes = 0;
  readonly #listeners = new Set<(topics: readonly Topic[]) => void>();
  /** It was open before in this life: then it is there, or something else has deleted it. */
  #known = false;
  #ended = false;
  #full = false;

  constructor(ports: LedgerPorts, migrations = MIGRATIONS) {
    const factory = ports.indexedDB ?? (typeof indexedDB === "undefined" ? undefined : indexedDB);
    const newest = migrations.reduce((last, { version }) => Math.max(last, version), 0);
    const given = {
      ...(factory && { indexedDB: upTo(factory, newest) }),
      ...(ports.IDBKeyRange && { IDBKeyRange: ports.IDBKeyRange }),
    };
    this.#dexie = new Dexie(ports.name ?? "tollpass", {
      ...given,
      // The default is "relaxed" in Chrome 121+ and in Firefox: an answer before the disk has it. Both take this hint.
      chromeTransactionDurability: "strict",
      cache: "disabled",
      autoOpen: false,
    });
    declare(this.#dexie, migrations);
    this.#dexie.on("populate", () => {
      if (this.#known) throw new LedgerError("unavailable", "The wallet's journal was deleted under it.");
    });
    this.now = ports.now;
    this.randomId = ports.randomId;
    const writing = () => {
      this.#writes += 1;
    };
    const table = (name: string): Table<Row> => this.#dexie.table(name);
    this.grants = new Records<Grant>(table("grants"), grantSchema, writing, whereItMayPay);
    this.sites = new Records<SiteRecord>(table("sites"), siteRecordSchema, writing, () => ({}));
    this.payments = new Records<PaymentRecord>(table("payments"), paymentRecordSchema, writing, (payment) => ({
      ...whatAwaits(payment),
      ...whatIsUnserved(payment),
    }));
    this.channels = new Records<ChannelRecord>(table("channels"), channelRecordSchema, writing, ({ key }) => ({
      payeeOrigin: key.payeeOrigin,
    }));
  }

  /**
   * Opens the database, of whatever older version it is, and brings it up to date. Throws LedgerError: `unavailable` where
   * the browser has no IndexedDB for us, `newer` where a newer version of the extension wrote it.
   */
  async open(): Promise<void> {
    const { promise: blocked, reject } = Promise.withResolvers<never>();
    let patience: ReturnType<typeof setTimeout> | undefined;
    const onBlocked = () => {
      patience ??= setTimeout(() => {
        reject(new LedgerError("unavailable", "Another window of Tollpass holds an older journal open."));
      }, BLOCKED);
    };
    this.#dexie.on("blocked", onBlocked);
    try {
      await Promise.race([this.#dexie.open(), blocked]);
      this.#known = true;
    } catch (error) {
      throw asLedgerError(error);
    } finally {
      clearTimeout(patience);
      this.#dexie.on("blocked").unsubscribe(onBlocked);
    }
  }

  /** For good: what has not been begun fails, where it would otherwise open the connection again. */
  close(): void {
    this.#ended = true;
    this.#dexie.close();
  }

  /** Deletes everything and starts empty. What is being written at that moment fails. */
  async erase(): Promise<void> {
    // Before it is gone: a write that comes meanwhile opens the new one, and finds it rightly empty.
    this.#known = false;
    try {
      await this.#dexie.delete();
    } catch (error) {
      this.#known = true;
      throw asLedgerError(error);
    }
    await this.open();
    for (const listener of this.#listeners) listener(["grants", "sites", "payments", "channels", "wallet"]);
  }

  /**
   * Runs `body` in a strict read-write transaction over all tables; `topics` are told after it is on the disk. `body`
   * may run twice (`groupCommit.ts`).
   */
  async write<T>(topics: readonly Topic[], body: () => Promise<T>): Promise<T> {
    const result = await this.#group.write(body).catch((error: unknown) => {
      const known = asLedgerError(error);
      this.#roomFor(!(known instanceof LedgerError && known.code === "full"));
      throw known;
    });
    this.#roomFor(true);
    // In a turn of its own: what a screen does with the news cannot undo what was written.
    for (const listener of this.#listeners) queueMicrotask(() => listener(topics));
    return result;
  }

  /** Whether the last write failed for want of room: until one succeeds nothing is paid. */
  get full(): boolean {
    return this.#full;
  }

  #roomFor(written: boolean): void {
    if (this.#full !== written) return;
    this.#full = !written;
    for (const listener of this.#listeners) queueMicrotask(() => listener(["wallet"]));
  }

  /** One consistent view of all tables. */
  async read<T>(body: () => Promise<T>): Promise<T> {
    return this.#run("r", body);
  }

  async #run<T>(mode: "r" | "rw", body: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new LedgerError("unavailable", "This journal was closed.");
    try {
      // The browser may have closed the connection (storage pressure, another version of the extension).
      if (!this.#dexie.isOpen()) await this.open();
      return await this.#dexie.transaction(mode, TABLES, body);
    } catch (error) {
      throw asLedgerError(error);
    }
  }

  subscribe(listener: (topics: readonly Topic[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async price(key: PriceKey): Promise<PriceMemory | undefined> {
    const row = await this.#dexie.table<Row>("prices").get(key);
    return row === undefined ? undefined : parse(priceMemorySchema, row);
  }

  async putPrice([site, payeeOrigin, network, asset, pattern]: PriceKey, price: PriceMemory): Promise<void> {
    this.#writes += 1;
    const row = { site, payeeOrigin, network, asset, pattern, ...(toRow(price) as Row) };
    await this.#dexie.table<Row>("prices").put(row);
  }

  /** Forgets the prices of one site, or of all. */
  async deletePrices(site: string | undefined): Promise<void> {
    this.#writes += 1;
    const prices = this.#dexie.table<Row>("prices");
    await (site === undefined ? prices.clear() : prices.where("site").equals(site).delete());
  }

  /** Forgets the rows as they were before the last migration. */
  async deleteBackups(): Promise<void> {
    this.#writes += 1;
    await this.#dexie.table(BACKUPS).clear();
  }

  async wallet(): Promise<WalletRecord | undefined> {
    const row = await this.#dexie.table<Row>("wallet").get("wallet");
    return row === undefined ? undefined : parse(walletRecordSchema, row);
  }

  async putWallet(record: WalletRecord): Promise<void> {
    this.#writes += 1;
    await this.#dexie.table<Row>("wallet").put({ id: "wallet", ...(toRow(record) as Row) });
  }

  /** Payments without a channel for a resource that the page never had whole, oldest first (`indexes.ts`). */
  async unservedOf(resource: Resource): Promise<PaymentRecord[]> {
    const found = await this.payments.where("unserved", resourceOf(resource));
    return found.sort((a, b) => a.seq - b.seq);
  }

  /** All payments of one site. */
  async paymentsOf(site: string): Promise<PaymentRecord[]> {
    const range = this.payments.table.where("[site+seq]").between([site, 0], [site, Number.MAX_SAFE_INTEGER]);
    return this.payments.read(await range.toArray());
  }

  /** Payments of one channel; acknowledgements take a nonce and are none. */
  countOfChannel(channelId: string): Promise<number> {
    // Nonces are digits as text, so every one of them lies between these two.
    return this.payments.table.where("[channelId+nonce]").between([channelId, ""], [channelId, ":"]).count();
  }

  /** The `n` newest payments below `before` (a `seq`), of one site or of all, found through an index. */
  async newestPayments(n: number, before: number | undefined, site: string | undefined): Promise<PaymentRecord[]> {
    const top = before ?? Number.MAX_SAFE_INTEGER;
    const table = this.payments.table;
    const range =
      site === undefined
        ? table.where("seq").below(top)
        : table.where("[site+seq]").between([site, 0], [site, top], true, false);
    return this.payments.read(await range.reverse().limit(n).toArray());
  }
}
