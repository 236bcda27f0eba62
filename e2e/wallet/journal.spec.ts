/** The journal in a real browser's storage: kept, found changed, written by a newer version. What is wrong pays nothing. */
import { type DriverPage, poll } from "../driver/launch.ts";
import { expect, fetchAll, fetchAllowed, goods, PASSWORD, PRICE, test } from "./fixtures.ts";
import { sumsAgree } from "./sums.ts";

test.beforeEach(() => test.setTimeout(180_000));

/** Of the extension's interfaces the one that is used here. */
interface Extension {
  readonly storage: { readonly session: { remove(key: string): Promise<void> } };
  readonly alarms: { create(name: string, info: { when: number }): Promise<void> };
}

/** How long an audit may take to be seen, in milliseconds. */
const AUDITED = 30_000;

/** Adds `by` to the last number that the journal gave, as a fault of the disk might; 0 only opens it. */
function tamper(page: DriverPage, by: number, version?: number): Promise<void> {
  return page.evaluate(
    ({ by, version }) =>
      new Promise<void>((resolve, reject) => {
        const opening = version === undefined ? indexedDB.open("tollpass") : indexedDB.open("tollpass", version);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("wallet", "readwrite");
          const wallet = transaction.objectStore("wallet");
          const row = wallet.get("wallet");
          row.onsuccess = () => wallet.put({ ...row.result, seq: row.result.seq + by });
          transaction.onabort = () => reject(transaction.error);
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    { by, version },
  );
}

test("a journal whose sums do not agree, or that a newer version wrote, pays nothing and says so", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  const { driver, wallet } = funded;
  const haltedBy = async () => (await wallet.ask("status.get", {})).halted;
  await fetchAllowed(driver, tab, ["/paid/first"], "0.2");
  await sumsAgree({ chain, shop, ...funded }, { count: 1, total: PRICE });
  const page = await driver.extensionPage("/dashboard.html");
  // Chromium's background has nobody to ask: there the permission `unlimitedStorage` keeps the journal.
  if (driver.family === "firefox") expect(await page.evaluate(() => navigator.storage.persisted())).toBe(true);

  const startAnew = async () => {
    // The journal is added up once per start of the browser; its next background does not know that it was.
    await page.evaluate(() => {
      const world = globalThis as unknown as Record<"browser" | "chrome", Extension>;
      return (world.browser ?? world.chrome).storage.session.remove("audit");
    });
    await driver.killBackground();
  };
  await tamper(page, 1);
  await startAnew();
  await poll("the sums to be found wrong", async () => (await haltedBy()) === "ledger_inconsistent", AUDITED);
  expect(await fetchAll(tab, ["/paid/second"])).toMatchObject([{ status: 402 }]);
  await tamper(page, -1);
  await startAnew();
  await poll("the sums to be found right", async () => (await haltedBy()) === undefined, AUDITED);
  expect(await fetchAll(tab, ["/paid/second"])).toEqual([goods("/paid/second")]);
  await sumsAgree({ chain, shop, ...funded }, { count: 2, total: 2n * PRICE });

  // Once a week the alarm has it added up, with nothing started anew.
  const alarm = () =>
    page.evaluate(() => {
      const world = globalThis as unknown as Record<"browser" | "chrome", Extension>;
      return (world.browser ?? world.chrome).alarms.create("audit", { when: Date.now() });
    });
  await tamper(page, 1);
  await alarm();
  await poll("the alarm to find the sums wrong", async () => (await haltedBy()) === "ledger_inconsistent", AUDITED);
  expect(await fetchAll(tab, ["/paid/third"])).toMatchObject([{ status: 402 }]);
  await tamper(page, -1);
  await alarm();
  await poll("the alarm to find the sums right", async () => (await haltedBy()) === undefined, AUDITED);

  // Under the open connection of the wallet, which lets go of it.
  await tamper(page, 0, 990);
  expect(await fetchAll(tab, ["/paid/third"])).toMatchObject([{ status: 402 }]);
  expect(await haltedBy()).toBe("ledger_newer");
  await driver.killBackground();
  expect(await fetchAll(tab, ["/paid/third"])).toMatchObject([{ status: 402 }]);
  expect(await haltedBy()).toBe("ledger_newer");
  expect(shop.arrived.filter(({ path }) => path === "/paid/third")).toEqual([]);

  // What needs no journal works without one: the phrase, and the end of the wallet.
  expect(await wallet.ask("vault.reveal", { password: PASSWORD })).toMatchObject({ phrase: expect.any(String) });
  expect(await wallet.ask("vault.wipe", { word: "delete" })).toEqual({ done: true });
  expect(await wallet.ask("status.get", {})).toMatchObject({ vault: "absent" });
  await driver.killBackground();
  await poll("an empty journal", async () => (await haltedBy()) === undefined, AUDITED);
  expect(await wallet.ask("leftBehind.get", {})).toBeNull();
});
