/**
 * A reader with a real browser: the wallet in it, a tab on the shop, and a profile that outlives every death of the
 * browser. Pages are fetched by the tab's own script, which nobody waits for, and read off when they are there.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, formatUnits, toHex } from "viem";
import { type LocalChain, localNetwork, startChain } from "#demo/chain/index.ts";
import { freshExtension } from "#demo/extension.ts";
import { type DrivenWallet, openWallet, walletBehind } from "#demo/wallet.ts";
import { allow, approvalWindow, dismiss } from "../approval.ts";
import { type Driver, type DriverPage, type Family, launch, poll } from "../driver/launch.ts";
import { Shop } from "../wallet/shop.ts";

const PASSWORD = "two goats, three toll bridges";
/** What one page costs, in atomic units. */
export const PRICE = 1_000n;
const PRICE_TEXT = "$0.001";
const ROUTES = { "/paid/*": PRICE_TEXT } as const;
/** Of the test dollar. */
const DECIMALS = 6;

/** Patience of a person with a page, in milliseconds. */
const ANSWERED_WITHIN = 30_000;

/** What a page got; status 0 where the connection broke. */
export interface Seen {
  readonly status: number;
  readonly text: string;
}

/** Where the tab keeps what its fetches got. */
type Keeping = { seen?: Record<string, Seen> };

export class RealReader {
  readonly family: Family;
  readonly chain: LocalChain;
  readonly shop: Shop;
  readonly address: Address;
  readonly #folder: string;
  #cap: bigint;
  #driver: Driver;
  #wallet: DrivenWallet;
  #tab: DriverPage;

  private constructor(given: {
    family: Family;
    chain: LocalChain;
    shop: Shop;
    folder: string;
    driver: Driver;
    wallet: DrivenWallet;
    tab: DriverPage;
    address: Address;
    cap: bigint;
  }) {
    this.family = given.family;
    this.chain = given.chain;
    this.shop = given.shop;
    this.address = given.address;
    this.#cap = given.cap;
    this.#folder = given.folder;
    this.#driver = given.driver;
    this.#wallet = given.wallet;
    this.#tab = given.tab;
  }

  /** A browser whose wallet has money and a budget of `cap` atomic units for the shop, of which one page was paid. */
  static async open(family: Family, cap: bigint, say: (text: string) => void = () => undefined): Promise<RealReader> {
    const folder = mkdtempSync(join(tmpdir(), "tollpass-chaos-"));
    const chain = await startChain();
    const shop = await Shop.open({
      network: localNetwork(chain),
      payTo: chain.accounts.payee.address,
      relayKey: toHex(chain.accounts.relay.getHdKey().privateKey ?? new Uint8Array()),
      folder,
      routes: ROUTES,
      // So that a budget can be spent to its last unit: what is left of it at the end makes a deposit too.
      minDeposit: PRICE_TEXT,
    });
    const extensionDir = await freshExtension(family, say);
    const driver = await launch({ family, extensionDir, profileDir: join(folder, "profile") });
    const wallet = await openWallet(driver, localNetwork(chain));
    await wallet.ask("vault.create", { password: PASSWORD });
    await wallet.ask("wallet.faucet", {});
    await wallet.ask("settings.set", { ...(await wallet.ask("settings.get", {})), dailyCeiling: "20" });
    const address = (await wallet.ask("wallet.get", {})).address as Address;
    const tab = await driver.newPage();
    await tab.goto(`${shop.origin}/`);
    const reader = new RealReader({ family, chain, shop, folder, driver, wallet, tab, address, cap });
    await reader.fetch(["/paid/first"]);
    await allow(await approvalWindow(driver), formatUnits(cap, DECIMALS), formatUnits(PRICE, DECIMALS));
    await reader.answers(["/paid/first"]);
    return reader;
  }

  get wallet(): DrivenWallet {
    return this.#wallet;
  }

  /** What the shop's budget allows in all, in atomic units. */
  get cap(): bigint {
    return this.#cap;
  }

  /** Changes what the budget allows; what was spent stays spent. */
  async setCap(cap: bigint): Promise<void> {
    const [grant] = (await this.#wallet.ask("sites.list", {})).flatMap(({ grants }) => grants);
    if (!grant) throw new Error("the budget is gone");
    const { id: grantId, period } = grant;
    await this.#wallet.ask("grant.edit", { grantId, period, cap: formatUnits(cap, DECIMALS) });
    this.#cap = cap;
  }

  /** Says no to the next question. */
  async sayNo(): Promise<void> {
    await dismiss(await approvalWindow(this.#driver));
  }

  /** Starts one fetch for each path, all at once, and waits for none. */
  async fetch(paths: readonly string[]): Promise<void> {
    await this.#tab.evaluate((all) => {
      const page = globalThis as Keeping;
      page.seen ??= {};
      const { seen } = page;
      for (const path of all) {
        delete seen[path];
        fetch(path)
          .then(async (response) => ({ status: response.status, text: await response.text() }))
          .catch((error: unknown) => ({ status: 0, text: String(error) }))
          .then((got) => {
            seen[path] = got;
          });
      }
    }, paths);
  }

  /** What every path got, once all have their answer. Those that have none when the time is over are left out. */
  async answers(paths: readonly string[], timeoutMs = ANSWERED_WITHIN): Promise<Map<string, Seen>> {
    const read = (all: readonly string[]) => {
      const { seen = {} } = globalThis as Keeping;
      return all.flatMap((path) => (seen[path] ? [[path, seen[path]] as const] : []));
    };
    let seen: readonly (readonly [string, Seen])[] = [];
    const complete = async () => {
      seen = await this.#tab.evaluate(read, paths);
      return seen.length === paths.length;
    };
    await poll("every page to be answered", complete, timeoutMs).catch(() => undefined);
    return new Map(seen);
  }

  /** Loads the tab anew: what it still waited for is given up. */
  async reload(): Promise<void> {
    await this.#tab.goto(`${this.shop.origin}/`);
  }

  async killBackground(): Promise<void> {
    await this.#driver.killBackground();
  }

  /** The shop's process ends and starts again, on the same port and database. */
  async killShop(): Promise<void> {
    await this.shop.kill();
    await this.shop.start();
  }

  /** The browser ends without a word, starts again on its profile, and the person unlocks the wallet. */
  async killBrowser(): Promise<void> {
    await this.#driver.kill();
    const { family } = this;
    const extensionDir = await freshExtension(family, () => undefined);
    this.#driver = await launch({ family, extensionDir, profileDir: join(this.#folder, "profile") });
    const page = await this.#driver.extensionPage("/dashboard.html");
    this.#wallet = walletBehind(page);
    await this.#wallet.ask("vault.unlock", { password: PASSWORD });
    this.#tab = await this.#driver.newPage();
    await this.#tab.goto(`${this.shop.origin}/`);
  }

  /** Waits until something is so that only asking tells. */
  waitFor<T>(what: string, ask: () => Promise<T>, timeoutMs: number): Promise<NonNullable<T>> {
    return poll(what, ask, timeoutMs);
  }

  async close(): Promise<void> {
    await this.#driver.close().catch(() => undefined);
    await this.shop.close();
    await this.chain.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
