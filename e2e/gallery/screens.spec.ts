/** Every screen state, light and dark: nothing that axe objects to, nothing wider than its window. */

import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, expect, test } from "@playwright/test";
import { findBrowser } from "../../scripts/browsers.mjs";
import { openState } from "./open.ts";
import { serveGallery } from "./serve.ts";
import { STATES } from "./states.ts";

/** A folder for pictures of all states, to be looked at. */
const PICTURES = process.env.SCREENS_DIR;

let browser: Browser;
let gallery: Awaited<ReturnType<typeof serveGallery>>;

test.beforeAll(async () => {
  const executablePath = findBrowser("chromium");
  if (!executablePath) throw new Error("No Chromium, Chrome or Edge is installed (or CHROMIUM_PATH names none).");
  gallery = await serveGallery();
  const root = process.platform === "linux" && process.getuid?.() === 0;
  browser = await chromium.launch({ executablePath, chromiumSandbox: !root });
});

test.afterAll(async () => {
  await browser?.close();
  await gallery?.close();
});

for (const scheme of ["light", "dark"] as const) {
  test.describe(`${scheme}`, () => {
    let context: BrowserContext;
    test.beforeAll(async () => {
      context = await browser.newContext({ colorScheme: scheme, reducedMotion: "reduce" });
    });
    test.afterAll(async () => {
      await context?.close();
    });

    for (const [name, state] of Object.entries(STATES)) {
      test(`${name} can be read and used by everybody`, async () => {
        const page = await context.newPage();
        const faults: string[] = [];
        page.on("pageerror", (error) => faults.push(error.message));
        page.on("console", (message) => {
          if (message.type() === "error") faults.push(message.text());
        });
        await openState(page, gallery.url, name, state);
        if (PICTURES) {
          await page.screenshot({
            path: join(PICTURES, `${name}-${scheme}.png`),
            fullPage: true,
            animations: "disabled",
          });
        }
        const { violations } = await new AxeBuilder({ page })
          .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
          // React Aria's announcer briefly keeps words of buttons that are gone.
          .exclude("[data-live-announcer]")
          .analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        await page.close();
        expect(found).toEqual([]);
        expect(tooWide).toBe(false);
        expect(faults).toEqual([]);
      });
    }
  });
}
