/** A locked wallet signs nothing: it asks for the password, and then goes on with what waits. */
import { approvalWindow } from "../approval.ts";
import { expect, fetchAll, fetchAllowed, goods, PASSWORD, PRICE, test } from "./fixtures.ts";
import { sumsAgree } from "./sums.ts";

test.beforeEach(() => test.setTimeout(180_000));

test("a request within a budget waits for the password and is paid when it is typed", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  const { driver, wallet } = funded;
  await fetchAllowed(driver, tab, ["/paid/first"], "0.2");
  await sumsAgree({ chain, shop, ...funded }, { count: 1, total: PRICE });
  const before = shop.arrived.length;
  await wallet.ask("vault.lock", {});
  expect(await wallet.ask("status.get", {})).toMatchObject({ vault: "locked" });

  const answer = fetchAll(tab, ["/paid/waiting"]);
  const window = await approvalWindow(driver);
  await window.waitFor({ role: "button", name: "Unlock" });
  expect(shop.arrived.length).toBe(before);
  await window.fill("input[type='password']", PASSWORD);
  await window.click({ role: "button", name: "Unlock" });
  expect(await answer).toEqual([goods("/paid/waiting")]);
  await sumsAgree({ chain, shop, ...funded }, { count: 2, total: 2n * PRICE });
});
