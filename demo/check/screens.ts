/** What the check does on Tollpass's own screens, by the names that a person reads there. */
import type { Driver, DriverPage } from "#e2e/driver/driver.ts";

const button = (name: string) => ({ role: "button", name }) as const;

/** From the welcome screen to a wallet with test money: password, phrase written down and checked, faucet. */
export async function onboard(page: DriverPage, password: string): Promise<void> {
  await page.click(button("Create a wallet"));
  await page.fill("input[autocomplete='new-password']", password);
  await page.click(button("Create the wallet"));
  await page.click(button("Reveal the words"));
  await page.waitFor("ol.phrase");
  const words = await page.evaluate(() =>
    [...document.querySelectorAll("ol.phrase li")].map((item) => item.lastChild?.textContent?.trim() ?? ""),
  );
  await page.click(button("I have written it down"));
  await page.waitFor(".asked-words");
  const asked = await page.evaluate(() =>
    [...document.querySelectorAll(".asked-words label")].map((label) => label.textContent ?? ""),
  );
  for (const label of asked) {
    const word = words[Number(/\d+/.exec(label)?.[0]) - 1];
    if (!word) throw new Error(`the phrase has no "${label}"`);
    await page.fill({ role: "textbox", name: label }, word);
  }
  await page.click(button("Check"));
  await page.click(button("Get test dollars"));
  await page.click(button("Go on"));
  await page.click(button("Go to the dashboard"));
}

export interface Allowance {
  /** Dollars as a person types them. */
  readonly cap: string;
  readonly perRequest: string;
}

const isApproval = (path: string): boolean => path.startsWith("/approve.html");

/** Waits for the window that asks, types a budget into it and allows it. */
export async function allow(driver: Driver, { cap, perRequest }: Allowance): Promise<void> {
  const window = await driver.waitForExtensionPage(isApproval, 30_000);
  await window.bringToFront();
  await window.fill({ role: "textbox", name: "Up to" }, cap);
  await window.fill({ role: "textbox", name: "Per request at most" }, perRequest);
  await window.click(".answers button[type='submit']");
}

/** Gets the rest of the only channel back by asking the site, on the dashboard. */
export async function getBack(page: DriverPage): Promise<void> {
  await page.bringToFront();
  await page.click({ role: "tab", name: "Channels" });
  await page.click(button("Get my money back"));
  await page.click(button("Get it back"));
  await page.until(
    () =>
      [...document.querySelectorAll("[role='dialog']")].some((box) => box.textContent?.includes("The money is back")),
    undefined,
    60_000,
  );
  await page.click("[role='dialog'] .actions button");
}
