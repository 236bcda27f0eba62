/** An update of the extension in the middle of payments: nothing is paid twice, and pages that were open go on. */
import { localNetwork } from "#demo/chain/index.ts";
import { openWallet } from "#demo/wallet.ts";
import { approvalWindow } from "../approval.ts";
import { expect, fetchAll, fetchAllowed, goods, PASSWORD, PRICE, test } from "./fixtures.ts";
import { sumsAgree } from "./sums.ts";

test.beforeEach(() => test.setTimeout(120_000));

test("an update while five paid answers are under way: each arrives, none is paid twice, and new pages pay", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  const { driver, address } = funded;
  await fetchAllowed(driver, tab, ["/paid/first"], "0.2");
  // Of the six connections that Chromium makes to one server.
  const paths = Array.from({ length: 5 }, (_, index) => `/paid/held-${index}`);
  await shop.hold(true);
  const answers = fetchAll(tab, paths);
  await Promise.all(paths.map((path) => shop.servedOf(path)));
  await driver.updateExtension("99.0.1");
  await shop.hold(false);
  expect(await answers).toEqual(paths.map(goods));
  for (const path of paths) expect(new Set(shop.paymentsFor(path)).size).toBe(1);

  await driver.extensionPage("/dashboard.html");
  const wallet = await openWallet(driver, localNetwork(chain));
  expect(await wallet.ask("status.get", {})).toMatchObject({ vault: "locked", version: "99.0.1" });
  await wallet.ask("vault.unlock", { password: PASSWORD });
  const fresh = await driver.newPage();
  await fresh.goto(`${shop.origin}/`);
  expect(await fetchAll(fresh, ["/paid/after"])).toEqual([goods("/paid/after")]);
  // Nobody of the wallet saw those answers. Who asks again gets what was paid for.
  expect(await fetchAll(fresh, paths)).toEqual(paths.map(goods));
  for (const path of paths) expect(new Set(shop.paymentsFor(path)).size).toBe(1);
  await sumsAgree({ chain, shop, wallet, address }, { count: 7, total: 7n * PRICE });
  // What was summed up at the start of the new version agreed.
  expect((await wallet.ask("status.get", {})).halted).toBeUndefined();
});

test("an update while a question is open: its page gets the 402, and works as without the wallet until it is reloaded", async ({
  shop,
  funded,
  tab,
}) => {
  const { driver } = funded;
  const waiting = fetchAll(tab, ["/paid/asked"]);
  await approvalWindow(driver);
  await driver.updateExtension("99.0.1");
  expect(await waiting).toMatchObject([{ status: 402 }]);
  expect(await fetchAll(tab, ["/"])).toMatchObject([{ status: 200 }]);
  expect(shop.arrived).toEqual([]);
  if (driver.family === "chromium") {
    // Its scripts are of a version that is gone.
    expect(await fetchAll(tab, ["/paid/old"])).toMatchObject([{ status: 402 }]);
  }
});
