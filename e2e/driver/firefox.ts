/** The driver over Firefox, by puppeteer-core and WebDriver BiDi. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import puppeteer, { type Browser, type ElementHandle, type KeyInput, type Page } from "puppeteer-core";
import { findBrowser } from "../../scripts/browsers.mjs";
import { DEFAULT_TIMEOUT_MS, type Driver, type DriverPage, type LaunchOptions, type Target } from "./driver.ts";
import { poll } from "./poll.ts";
import { prepareProfile } from "./profile.ts";

function selectorOf(target: Target): string {
  return typeof target === "string" ? target : `::-p-aria([name="${target.name}"][role="${target.role}"])`;
}

class FirefoxPage implements DriverPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }
  /** BiDi never reports extension pages as loaded, so a page of any kind is asked itself. */
  async goto(url: string): Promise<void> {
    if (!url.startsWith("moz-extension:")) {
      await this.#page.goto(url, { waitUntil: "load" });
      return;
    }
    await this.startGoto(url);
    await this.loaded(url);
  }
  async startGoto(url: string): Promise<void> {
    this.#page.goto(url, { waitUntil: [] }).catch(() => {});
  }
  async loaded(url?: string): Promise<void> {
    await this.until(
      (wanted) => document.readyState === "complete" && (!wanted || location.href.startsWith(wanted)),
      url,
    );
  }
  url(): Promise<string> {
    return this.evaluate(() => location.href);
  }
  async evaluate<T, A>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T> {
    return (await this.#page.evaluate(run as (argument: unknown) => T, argument)) as T;
  }
  async #element(target: Target, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<ElementHandle> {
    const selector = selectorOf(target);
    return poll(
      `${selector} to be visible`,
      async () => {
        for (const element of await this.#page.$$(selector)) if (await element.isVisible()) return element;
        return undefined;
      },
      timeoutMs,
    );
  }
  async click(target: Target): Promise<void> {
    const element = await this.#element(target);
    await element.scrollIntoView();
    await poll(
      `${selectorOf(target)} to be enabled`,
      () => element.evaluate((node) => !node.matches(":disabled, [aria-disabled=true]")),
      DEFAULT_TIMEOUT_MS,
    );
    await element.click();
  }
  async fill(target: Target, text: string): Promise<void> {
    const element = await this.#element(target);
    await element.evaluate((node) => {
      if (node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement) node.select();
    });
    await element.type(text);
  }
  async press(key: string): Promise<void> {
    await this.#page.keyboard.press(key as KeyInput);
  }
  async waitFor(target: Target, timeoutMs?: number): Promise<void> {
    await this.#element(target, timeoutMs);
  }
  until<T, A>(
    run: (argument: A) => T | Promise<T>,
    argument?: A,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<NonNullable<T>> {
    return poll(`${run}`, () => this.evaluate(run, argument), timeoutMs);
  }
  text(selector = "body"): Promise<string> {
    return this.until((wanted) => {
      const element = document.querySelector<HTMLElement>(wanted);
      return element ? { text: element.innerText } : undefined;
    }, selector).then((found) => found.text);
  }
  async screenshot(path?: string): Promise<Buffer> {
    const image = Buffer.from(await this.#page.screenshot());
    if (path) writeFileSync(path, image);
    return image;
  }
  async setViewport(viewport: { width: number; height: number }): Promise<void> {
    await this.#page.setViewport(viewport);
  }
  async setColorScheme(scheme: "light" | "dark"): Promise<void> {
    await chromeScope(
      this.#page.browser(),
      `Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", ${scheme === "dark" ? 0 : 1})`,
    );
  }
  async bringToFront(): Promise<void> {
    await this.#page.bringToFront();
  }
  async close(): Promise<void> {
    await this.#page.close();
  }
}

interface BidiConnection {
  send(method: string, params: object): Promise<{ result: unknown }>;
}

/** Runs an expression in the browser's own window: there is no other way to the event page's life from outside. */
async function chromeScope(browser: Browser, expression: string): Promise<void> {
  const { connection } = browser as unknown as { connection: BidiConnection };
  const tree = (await connection.send("browsingContext.getTree", { "moz:scope": "chrome", maxDepth: 0 })).result as {
    contexts: { context: string }[];
  };
  const context = tree.contexts[0]?.context;
  const answer = (await connection.send("script.evaluate", { expression, target: { context }, awaitPromise: true }))
    .result as { type: string; exceptionDetails?: { text: string } };
  if (answer.type !== "success") throw new Error(`Firefox refused: ${answer.exceptionDetails?.text}`);
}

/** The add-on id of the manifest, and the UUID that this profile gives it. */
function identity(extensionDir: string, profileDir: string): { id: string; uuid: string } {
  const manifest = JSON.parse(readFileSync(join(extensionDir, "manifest.json"), "utf8"));
  const id: unknown = manifest.browser_specific_settings?.gecko?.id;
  if (typeof id !== "string") throw new Error("The extension's manifest has no browser_specific_settings.gecko.id.");
  const file = join(profileDir, "uuid");
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return { id, uuid: readFileSync(file, "utf8") };
}

export async function launchFirefox(options: LaunchOptions): Promise<Driver> {
  const executablePath = findBrowser("firefox");
  if (!executablePath) throw new Error("No Firefox is installed (or FIREFOX_PATH names none).");
  const profile = prepareProfile(options);
  const { id, uuid } = identity(profile.extensionDir, profile.dir);
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: options.headless ?? true,
    userDataDir: profile.browserDir,
    defaultViewport: null,
    args: ["--remote-allow-system-access", ...(options.args ?? [])],
    extraPrefsFirefox: {
      "extensions.webextensions.uuids": JSON.stringify({ [id]: uuid }),
      // The extension is installed anew at each start; its data must outlive that, as it does for a real install.
      "extensions.webextensions.keepStorageOnUninstall": true,
      "extensions.webextensions.keepUuidOnUninstall": true,
      ...options.preferences,
    },
  });
  await browser.installExtension(profile.extensionDir);
  const extensionOrigin = `moz-extension://${uuid}`;

  return {
    family: "firefox",
    extensionOrigin,
    profileDir: profile.dir,
    async newPage() {
      return new FirefoxPage(await browser.newPage());
    },
    async extensionPage(path) {
      const page = new FirefoxPage(await browser.newPage());
      await page.goto(extensionOrigin + path);
      return page;
    },
    async waitForExtensionPage(matches, timeoutMs = DEFAULT_TIMEOUT_MS) {
      const found = await poll(
        "a page that the extension opens",
        async () => {
          const asked = (await browser.pages()).map(async (candidate) => {
            const page = new FirefoxPage(candidate);
            const url = await page.url();
            if (url.startsWith(`${extensionOrigin}/`) && matches(url.slice(extensionOrigin.length))) return page;
            throw new Error(`${url} is another page`);
          });
          // A window that is just opening or closing refuses, or never answers: nobody waits for it.
          return Promise.race([Promise.any(asked).catch(() => undefined), pause(500, undefined)]);
        },
        timeoutMs,
      );
      await found.loaded();
      return found;
    },
    async killBackground() {
      await chromeScope(
        browser,
        `WebExtensionPolicy.getByID(${JSON.stringify(id)}).extension.terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true })`,
      );
    },
    async updateExtension(version) {
      profile.setVersion(version);
      await browser.installExtension(profile.extensionDir);
    },
    async kill() {
      const child = browser.process();
      if (!child) throw new Error("Firefox was not started by this driver.");
      const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGKILL");
      await gone;
      // Puppeteer puts the preferences back only now; a browser that starts meanwhile finds some of them missing.
      const backups = ["prefs.js", "user.js"].map((name) => join(profile.browserDir, `${name}.puppeteer`));
      await poll(
        "the preferences as they were before",
        async () => !backups.some((path) => existsSync(path)),
        DEFAULT_TIMEOUT_MS,
      );
    },
    async close() {
      await browser.close();
      profile.discard();
    },
  };
}
