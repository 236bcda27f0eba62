/** The window that asks, as a person meets it in a driven browser. */
import { type Driver, type DriverPage, poll } from "./driver/launch.ts";

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
  await window.waitFor(".answers button[type='submit']");
  await window.click(".answers button[type='submit']");
}

/** Answers "not now". */
export async function dismiss(window: DriverPage): Promise<void> {
  await window.click({ role: "button", name: "Not now" });
}
