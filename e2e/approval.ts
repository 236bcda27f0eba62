/** The window that asks, as a person meets it in a driven browser. */
import { setTimeout as pause } from "node:timers/promises";
import { type Driver, type DriverPage, poll, type Target } from "./driver/launch.ts";

/** How long a window may take to show that it heard, in milliseconds. */
const ANSWERS_WITHIN_MS = 3_000;

/** The window that asks, when it is there and shows those words. */
export function approvalWindow(driver: Driver, words = "", timeoutMs = 60_000): Promise<DriverPage> {
  return poll(
    `a window that says "${words}"`,
    async () => {
      // A window that was just answered may be closing: then the next look finds the next one.
      const window = await driver.waitForExtensionPage((path) => path.startsWith("/approve.html"), 10_000);
      if (!(await window.text()).includes(words)) return undefined;
      await window.bringToFront();
      return window;
    },
    timeoutMs,
  );
}

/** Types a budget into the window that asks and allows it; what one request may cost stays as suggested if not said. */
export async function allow(window: DriverPage, dollars: string, perRequest?: string): Promise<void> {
  await window.fill({ role: "textbox", name: "Up to" }, dollars);
  if (perRequest !== undefined) await window.fill({ role: "textbox", name: "Each at most" }, perRequest);
  await press(window, ".answers button[type='submit']");
}

/** Answers "not now". */
export async function dismiss(window: DriverPage): Promise<void> {
  await press(window, { role: "button", name: "Not now" });
}

/** Presses until the window has gone: a card that changes while it is pressed wants to be read again. */
async function press(window: DriverPage, target: Target): Promise<void> {
  const isThere = () => Promise.race([window.evaluate(() => true).catch(() => false), pause(ANSWERS_WITHIN_MS, false)]);
  await poll(
    "the answer to be taken",
    async () => {
      await window.click(target).catch(() => undefined);
      // The window closes by itself when its answer was taken.
      return poll("the window to close", async () => !(await isThere()), ANSWERS_WITHIN_MS).catch(() => false);
    },
    60_000,
  );
}
