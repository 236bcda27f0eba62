/** The driver over Chromium, Chrome and Edge, by Playwright. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type BrowserContext, type CDPSession, chromium, type Locator, type Page } from "@playwright/test";
import { findBrowser } from "../../scripts/browsers.mjs";
import { DEFAULT_TIMEOUT_MS, type Driver, type DriverPage, type LaunchOptions, type Target } from "./driver.ts";
import { poll } from "./poll.ts";
import { prepareProfile } from "./profile.ts";

type AriaRole = Parameters<Page["getByRole"]>[0];

function locate(page: Page, target: Target): Locator {
  if (typeof target === "string") return page.locator(target).first();
  return page.getByRole(target.role as AriaRole, { name: target.name, exact: true }).first();
}

function describe(target: Target): string {
  return typeof target === "string" ? target : `${target.role} "${target.name}"`;
}

class ChromiumPage implements DriverPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }
  async goto(url: string): Promise<void> {
    await this.#page.goto(url, { waitUntil: "load" });
  }
  async startGoto(url: string): Promise<void> {
    // A navigation that the extension repeats counts as interrupted for Playwright; who waits here waits for a result.
    this.#page.goto(url, { waitUntil: "commit" }).catch(() => {});
  }
  async url(): Promise<string> {
    return this.#page.url();
  }
  async evaluate<T, A>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T> {
    return (await this.#page.evaluate(run as (argument: unknown) => T, argument)) as T;
  }
  async click(target: Target): Promise<void> {
    await locate(this.#page, target).click({ timeout: DEFAULT_TIMEOUT_MS });
  }
  async fill(target: Target, text: string): Promise<void> {
    await locate(this.#page, target).fill(text, { timeout: DEFAULT_TIMEOUT_MS });
  }
  async press(key: string): Promise<void> {
    await this.#page.keyboard.press(key);
  }
  async waitFor(target: Target, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
    await locate(this.#page, target)
      .waitFor({ state: "visible", timeout: timeoutMs })
      .catch((cause) => {
        throw new Error(`${describe(target)} did not become visible on ${this.#page.url()}`, { cause });
      });
  }
  until<T, A>(
    run: (argument: A) => T | Promise<T>,
    argument?: A,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<NonNullable<T>> {
    return poll(`${run} on ${this.#page.url()}`, () => this.evaluate(run, argument), timeoutMs);
  }
  text(selector = "body"): Promise<string> {
    return this.#page.locator(selector).first().innerText({ timeout: DEFAULT_TIMEOUT_MS });
  }
  screenshot(path?: string): Promise<Buffer> {
    return this.#page.screenshot(path ? { path } : {});
  }
  async setViewport(viewport: { width: number; height: number }): Promise<void> {
    await this.#page.setViewportSize(viewport);
  }
  async setColorScheme(scheme: "light" | "dark"): Promise<void> {
    await this.#page.emulateMedia({ colorScheme: scheme });
  }
  async bringToFront(): Promise<void> {
    await this.#page.bringToFront();
  }
  async close(): Promise<void> {
    await this.#page.close();
  }
}

/** Branded Chrome and Edge ignore `--load-extension` since 137; the debugging protocol installs in all of them. */
async function install(cdp: CDPSession, path: string): Promise<string> {
  const send = cdp.send.bind(cdp) as unknown as (method: string, params: object) => Promise<{ id: string }>;
  return (await send("Extensions.loadUnpacked", { path })).id;
}

const VERSION = "chrome.runtime.getManifest().version";
const CALL_AN_API = "chrome.runtime.getPlatformInfo().then(() => registration.active?.state === 'activated')";

async function backgroundTargets(cdp: CDPSession, origin: string): Promise<string[]> {
  const { targetInfos } = await cdp.send("Target.getTargets");
  return targetInfos
    .filter((target) => target.type === "service_worker" && target.url.startsWith(`${origin}/`))
    .map((target) => target.targetId);
}

export interface ChromiumDriver extends Driver {
  /** Runs a function in the extension's worker; argument and result are JSON. Throws if no worker runs. */
  inBackground<T, A = undefined>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T>;
}

export async function launchChromium(options: LaunchOptions): Promise<ChromiumDriver> {
  const executablePath = findBrowser("chromium");
  if (!executablePath) throw new Error("No Chromium, Chrome or Edge is installed (or CHROMIUM_PATH names none).");
  const profile = prepareProfile(options);
  const root = process.platform === "linux" && process.getuid?.() === 0;
  const context: BrowserContext = await chromium.launchPersistentContext(profile.browserDir, {
    executablePath,
    headless: options.headless ?? true,
    // Chromium refuses to start its sandbox as root; everybody else keeps it.
    chromiumSandbox: !root,
    viewport: null,
    ignoreDefaultArgs: ["--disable-extensions"],
    args: ["--enable-unsafe-extension-debugging", "--no-first-run", ...(options.args ?? [])],
  });
  const browser = context.browser();
  if (!browser) throw new Error("Chromium gave no handle to its browser.");
  const cdp = await browser.newBrowserCDPSession();
  const extensionOrigin = `chrome-extension://${await install(cdp, profile.extensionDir)}`;
  const workers = () => context.serviceWorkers().filter((each) => each.url().startsWith(`${extensionOrigin}/`));
  /** Resolves when a worker of that version (of any, if none is named) answers. */
  const listening = (version?: string) =>
    poll(
      "the extension's worker to listen",
      async () => {
        // A worker of an earlier version may still be listed, and never answer.
        const asked = workers().map(async (worker) => {
          const found = await worker.evaluate(VERSION);
          if (version !== undefined && found !== version) throw new Error(`it is of version ${found}`);
          // The answer to a call means that the listeners registered before it are in force.
          return (await worker.evaluate(CALL_AN_API)) || Promise.reject(new Error("it is not active yet"));
        });
        return Promise.race([Promise.any(asked), pause(500, false)]);
      },
      10_000,
    );
  await listening();
  const runningWorker = () => context.serviceWorkers().find((each) => each.url().startsWith(`${extensionOrigin}/`));
  const pid = (await cdp.send("SystemInfo.getProcessInfo")).processInfo.find((info) => info.type === "browser")?.id;

  return {
    family: "chromium",
    extensionOrigin,
    profileDir: profile.dir,
    async newPage() {
      return new ChromiumPage(await context.newPage());
    },
    async extensionPage(path) {
      const page = await context.newPage();
      await page.goto(extensionOrigin + path);
      return new ChromiumPage(page);
    },
    async waitForExtensionPage(matches, timeoutMs = DEFAULT_TIMEOUT_MS) {
      const page = await poll(
        "a page that the extension opens",
        async () =>
          context
            .pages()
            .find(
              (candidate) =>
                candidate.url().startsWith(`${extensionOrigin}/`) &&
                matches(candidate.url().slice(extensionOrigin.length)),
            ),
        timeoutMs,
      );
      await page.waitForLoadState("load");
      return new ChromiumPage(page);
    },
    async inBackground<T, A>(run: (argument: A) => T | Promise<T>, argument?: A) {
      const running = runningWorker();
      if (!running) throw new Error("The extension's worker does not run.");
      return (await running.evaluate(run as (argument: unknown) => T, argument)) as T;
    },
    async killBackground() {
      const running = runningWorker();
      const targets = await backgroundTargets(cdp, extensionOrigin);
      if (!running || targets.length === 0) return;
      // It may be started again at once, under the same target, by whoever talked to it: a mark tells its lives apart.
      const mark = randomUUID();
      await running.evaluate((value) => Object.assign(globalThis, { driverMark: value }), mark);
      for (const targetId of targets) await cdp.send("Target.closeTarget", { targetId });
      await poll(
        "the worker's life to end",
        async () => {
          if ((await backgroundTargets(cdp, extensionOrigin)).length === 0) return true;
          const found = running
            .evaluate(() => (globalThis as { driverMark?: string }).driverMark)
            .catch(() => undefined);
          return (await Promise.race([found, pause(200, mark)])) !== mark;
        },
        5_000,
      );
    },
    async updateExtension(version) {
      profile.setVersion(version);
      await install(cdp, profile.extensionDir);
      await listening(version);
    },
    async kill() {
      const closed = new Promise<void>((resolve) => context.once("close", () => resolve()));
      if (pid) process.kill(pid, "SIGKILL");
      await closed;
    },
    async close() {
      await context.close();
      profile.discard();
    },
  };
}
