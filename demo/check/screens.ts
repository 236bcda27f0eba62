/** What the check does on Tollpass's own screens, by the names that a person reads there. */
import { parsePrice } from "@tollpass/protocol";
import { allow, approvalWindow } from "#e2e/approval.ts";
import type { Driver, DriverPage, Target } from "#e2e/driver/driver.ts";

/** Deriving keys and mining take their time on a busy machine. */
const PATIENCE = 60_000;
/** Of the test dollar. */
const DECIMALS = 6;

const button = (name: string) => ({ role: "button", name }) as const;

async function press(page: DriverPage, target: Target): Promise<void> {
  await page.waitFor(target, PATIENCE);
  await page.click(target);
}

/** From the welcome screen to a wallet with test money: password, phrase written down and checked, faucet. */
export async function onboard(page: DriverPage, password: string): Promise<void> {
  await press(page, button("Create a wallet"));
  await page.fill("input[autocomplete='new-password']", password);
  await press(page, button("Create the wallet"));
  await press(page, button("Reveal the words"));
  await page.waitFor("ol.phrase", PATIENCE);
  const words = await page.evaluate(() =>
    [...document.querySelectorAll("ol.phrase li")].map((item) => item.lastChild?.textContent?.trim() ?? ""),
  );
  await press(page, button("I have written it down"));
  await page.waitFor(".asked-words");
  const asked = await page.evaluate(() =>
    [...document.querySelectorAll(".asked-words label")].map((label) => label.textContent ?? ""),
  );
  for (const label of asked) {
    const word = words[Number(/\d+/.exec(label)?.[0]) - 1];
    if (!word) throw new Error(`the phrase has no "${label}"`);
    await page.fill({ role: "textbox", name: label }, word);
  }
  await press(page, button("Check"));
  await press(page, button("Get test dollars"));
  await press(page, button("Go on"));
  await press(page, button("Go to the dashboard"));
}

export interface Allowance {
  /** Dollars as a person types them. */
  readonly cap: string;
  readonly perRequest: string;
}

/** Waits for the window that asks, types a budget into it and allows it. */
export async function allowAsked(driver: Driver, { cap, perRequest }: Allowance): Promise<void> {
  await allow(await approvalWindow(driver), cap, perRequest);
}

/** What an extension page sees of the browser's tabs. */
interface TabsApi {
  readonly tabs: { query(about: object): Promise<readonly { readonly id?: number; readonly url?: string }[]> };
}

/** "14.75 ¢" or "$1.20" in atomic units of the test dollar. */
function readDollars(shown: string): bigint {
  const cents = /^([\d.,]+)\s*¢$/.exec(shown);
  return cents?.[1] === undefined
    ? parsePrice(shown.replaceAll(",", ""), DECIMALS)
    : parsePrice(cents[1].replaceAll(",", ""), DECIMALS - 2);
}

/** Opens the popup for the tab that shows the site and reads what it calls spent there. Atomic units. */
export async function spentInPopup(driver: Driver, wallet: DriverPage, site: string): Promise<bigint> {
  const { tab } = await wallet.until(
    async (start) => {
      const api = globalThis as unknown as { readonly browser?: TabsApi; readonly chrome: TabsApi };
      const tabs = await (api.browser ?? api.chrome).tabs.query({});
      const id = tabs.find(({ url }) => url?.startsWith(start))?.id;
      return id === undefined ? undefined : { tab: id };
    },
    `${site}/`,
    PATIENCE,
  );
  const popup = await driver.extensionPage(`/popup.html?tab=${tab}`);
  const shown = await popup.until(
    () => {
      const amounts = [...document.querySelectorAll(".grant")].map((grant) => grant.querySelector(".amount"));
      return amounts.length === 0 ? undefined : amounts.map((amount) => amount?.textContent?.trim() ?? "");
    },
    undefined,
    PATIENCE,
  );
  await popup.close();
  return shown.reduce((total, amount) => total + readDollars(amount), 0n);
}

/** Gets the rest of the only channel back by asking the site, on the dashboard. */
export async function getBack(page: DriverPage): Promise<void> {
  await page.bringToFront();
  await press(page, { role: "tab", name: "Channels" });
  await press(page, button("Get my money back"));
  await press(page, button("Get it back"));
  await page.until(
    () =>
      [...document.querySelectorAll("[role='dialog']")].some((box) => box.textContent?.includes("The money is back")),
    undefined,
    PATIENCE,
  );
  await press(page, "[role='dialog'] .actions button");
}
