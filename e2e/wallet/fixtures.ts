/**
 * A wallet with test money in a real browser, a shop that it can pay and the chain between them: all fresh for each
 * test, because tests here kill each of them and travel in time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "@playwright/test";
import { type Address, toHex } from "viem";
import { type LocalChain, localNetwork, startChain } from "#demo/chain/index.ts";
import { freshExtension } from "#demo/extension.ts";
import { type DrivenWallet, openWallet } from "#demo/wallet.ts";
import { allow, approvalWindow } from "../approval.ts";
import { type Driver, type DriverPage, launch } from "../driver/launch.ts";
import type { FamilyOption } from "../fixtures.ts";
import { Shop } from "./shop.ts";

export const PASSWORD = "two goats, three toll bridges";
/** What one request costs, in atomic units and as a price list says it. */
export const PRICE = 1_000n;
const ROUTES = { "/paid/*": "$0.001" } as const;

export interface Funded {
  readonly driver: Driver;
  readonly wallet: DrivenWallet;
  readonly address: Address;
}

interface Fixtures {
  folder: string;
  chain: LocalChain;
  shop: Shop;
  /** A browser whose wallet exists, is unlocked and has 20 test dollars; no budget yet. */
  funded: Funded;
  /** A tab on the shop's free page. */
  tab: DriverPage;
  /** Opens the browser once more on the profile of `funded`, after it was killed. The wallet is locked. */
  reopen(): Promise<Driver>;
}

export const test = base.extend<Fixtures, FamilyOption>({
  family: ["chromium", { option: true, scope: "worker" }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "tollpass-wallet-"));
    await use(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  chain: async ({}, use) => {
    const chain = await startChain();
    await use(chain);
    await chain.close();
  },
  shop: async ({ chain, folder }, use) => {
    const shop = await Shop.open({
      network: localNetwork(chain),
      payTo: chain.accounts.payee.address,
      relayKey: toHex(chain.accounts.relay.getHdKey().privateKey ?? new Uint8Array()),
      folder,
      routes: ROUTES,
    });
    await use(shop);
    await shop.close();
  },
  funded: async ({ family, chain, folder }, use) => {
    const extensionDir = await freshExtension(family, () => undefined);
    const driver = await launch({ family, extensionDir, profileDir: join(folder, "profile") });
    const wallet = await openWallet(driver, localNetwork(chain));
    await wallet.ask("vault.create", { password: PASSWORD });
    await wallet.ask("wallet.faucet", {});
    const settings = await wallet.ask("settings.get", {});
    await wallet.ask("settings.set", { ...settings, dailyCeiling: "20" });
    const address = (await wallet.ask("wallet.get", {})).address as Address;
    await use({ driver, wallet, address });
    // A test that killed it has nothing left to close.
    await driver.close().catch(() => undefined);
  },
  tab: async ({ funded, shop }, use) => {
    const tab = await funded.driver.newPage();
    await tab.goto(`${shop.origin}/`);
    await use(tab);
  },
  reopen: async ({ family, funded }, use) => {
    const opened: Driver[] = [];
    await use(async () => {
      const extensionDir = await freshExtension(family, () => undefined);
      const driver = await launch({ family, extensionDir, profileDir: funded.driver.profileDir });
      opened.push(driver);
      return driver;
    });
    for (const driver of opened) await driver.close();
  },
});

export { expect } from "@playwright/test";

/** What a page saw of one request; status 0 if the connection broke. */
export interface Seen {
  readonly status: number;
  readonly text: string;
}

/** Fetches all paths from the page at once, in one go; resolves when every one has its answer. */
export function fetchAll(tab: DriverPage, paths: readonly string[]): Promise<Seen[]> {
  return tab.evaluate(
    (all) =>
      Promise.all(
        all.map(async (path) => {
          try {
            const response = await fetch(path);
            return { status: response.status, text: await response.text() };
          } catch (error) {
            return { status: 0, text: String(error) };
          }
        }),
      ),
    paths,
  );
}

/** As `fetchAll`, but the first question is answered with a budget of so many dollars in the real window. */
export async function fetchAllowed(
  driver: Driver,
  tab: DriverPage,
  paths: readonly string[],
  dollars: string,
): Promise<Seen[]> {
  const [seen] = await Promise.all([
    fetchAll(tab, paths),
    approvalWindow(driver).then((window) => allow(window, dollars)),
  ]);
  return seen;
}

/** How many answers there were of each status. */
export function tally(seen: readonly Seen[]): Record<number, number> {
  return Object.fromEntries(
    [...Map.groupBy(seen, ({ status }) => status)].map(([status, all]) => [status, all.length]),
  );
}

/** What the page gets for a path that was paid. */
export const goods = (path: string): Seen => ({ status: 200, text: `this is ${path}` });
