/**
 * Chromiums that differ in one thing: one has Tollpass in it, with an open channel; one has an extension that only
 * listens; one has none.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import type { Address } from "viem";
import { type LocalChain, localNetwork } from "#demo/chain/index.ts";
import { freshExtension } from "#demo/extension.ts";
import { openWallet } from "#demo/wallet.ts";
import { allow, approvalWindow } from "#e2e/approval.ts";
import { type ChromiumDriver, launchChromium } from "#e2e/driver/chromium.ts";
import { type DriverPage, poll } from "#e2e/driver/launch.ts";
import { findBrowser } from "../scripts/browsers.mjs";

/** What a measurement needs of a tab. */
export type Tab = Pick<DriverPage, "goto" | "evaluate">;

/** Fetches `count` addresses that begin with `prefix`; resolves to the milliseconds of each, measured in the page. */
export function fetchInTurn(tab: Tab, prefix: string, count: number): Promise<number[]> {
  return tab.evaluate(
    async ({ prefix, count }) => {
      const taken: number[] = [];
      for (let index = 0; index < count; index += 1) {
        const started = performance.now();
        const response = await fetch(`${prefix}${index}`);
        await response.text();
        taken.push(performance.now() - started);
        if (!response.ok) throw new Error(`${prefix}${index} was answered with ${response.status}`);
      }
      return taken;
    },
    { prefix, count },
  );
}

/** As `fetchInTurn`, but all at once; resolves to the milliseconds until the last one was there. */
export function fetchAtOnce(tab: Tab, prefix: string, count: number): Promise<number> {
  return tab.evaluate(
    async ({ prefix, count }) => {
      const started = performance.now();
      const responses = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const response = await fetch(`${prefix}${index}`);
          await response.text();
          return response.ok;
        }),
      );
      if (responses.includes(false)) throw new Error(`not every ${prefix} was answered`);
      return performance.now() - started;
    },
    { prefix, count },
  );
}

export interface Plain {
  readonly version: string;
  newPage(): Promise<Tab>;
  close(): Promise<void>;
}

/** Chromium without any extension, started as the driver starts the other one. */
export async function launchPlain(): Promise<Plain> {
  const executablePath = findBrowser("chromium");
  if (!executablePath) throw new Error("No Chromium, Chrome or Edge is installed.");
  const profile = mkdtempSync(join(tmpdir(), "tollpass-bench-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    chromiumSandbox: !(process.platform === "linux" && process.getuid?.() === 0),
    viewport: null,
    args: ["--no-first-run"],
  });
  return {
    version: context.browser()?.version() ?? "unknown",
    async newPage() {
      const page = await context.newPage();
      return {
        goto: async (url) => void (await page.goto(url)),
        evaluate: (run, argument) => page.evaluate(run as (argument: unknown) => never, argument),
      };
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** All that an extension can do and still hear of a 402. */
const LISTENER = `chrome.webRequest.onHeadersReceived.addListener(
  () => { globalThis.heardAt ??= performance.timeOrigin + performance.now(); },
  { urls: ["<all_urls>"] },
  ["responseHeaders"],
);`;

export interface Listening {
  readonly driver: ChromiumDriver;
  newPage(): Promise<Tab>;
  /** When its worker heard of an answer for the first time in its life, in milliseconds since 1970. */
  heard(): Promise<number>;
  close(): Promise<void>;
}

/** Chromium with an extension that listens to answers and does nothing: what listening by itself costs. */
export async function launchListening(): Promise<Listening> {
  const extensionDir = mkdtempSync(join(tmpdir(), "tollpass-bench-"));
  const manifest = {
    manifest_version: 3,
    name: "Listener",
    version: "1",
    permissions: ["webRequest"],
    host_permissions: ["<all_urls>"],
    background: { service_worker: "background.js" },
  };
  writeFileSync(join(extensionDir, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(extensionDir, "background.js"), LISTENER);
  const driver = await launchChromium({ family: "chromium", extensionDir });
  return {
    driver,
    newPage: () => driver.newPage(),
    heard: () =>
      poll(
        "the empty worker to hear of an answer",
        () => driver.inBackground(() => (globalThis as { heardAt?: number }).heardAt),
        10_000,
      ),
    async close() {
      await driver.close();
      rmSync(extensionDir, { recursive: true, force: true });
    },
  };
}

export interface Paying {
  readonly driver: ChromiumDriver;
  readonly address: Address;
  /** Fetches once; the window that asks is answered with a budget of so many dollars. */
  allow(tab: Tab, url: string, dollars: string): Promise<void>;
  close(): Promise<void>;
}

/** Chromium with Tollpass: a wallet with test money, unlocked. */
export async function launchPaying(chain: LocalChain, say: (text: string) => void): Promise<Paying> {
  const driver = await launchChromium({ family: "chromium", extensionDir: await freshExtension("chromium", say) });
  const wallet = await openWallet(driver, localNetwork(chain));
  await wallet.ask("vault.create", { password: "nothing but a benchmark" });
  const settings = await wallet.ask("settings.get", {});
  await wallet.ask("settings.set", { ...settings, dailyCeiling: "1000" });
  const address = (await wallet.ask("wallet.get", {})).address as Address;
  await chain.mint(address, 1_000_000_000n);
  // An open dashboard follows every payment: nobody reads one while browsing.
  await wallet.page.close();
  return {
    driver,
    address,
    async allow(tab, url, dollars) {
      const answered = approvalWindow(driver).then((window) => allow(window, dollars));
      await Promise.all([fetchInTurn(tab, url, 1), answered]);
    },
    close: () => driver.close(),
  };
}
