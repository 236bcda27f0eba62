/** The window that asks: what waits for an answer is always shown in one. */
import { approvalWindow, dismiss } from "../approval.ts";
import { expect, fetchAll, test } from "./fixtures.ts";

test("a question that comes back while its last window is still closing gets a new window", async ({
  funded,
  tab,
  shop,
}) => {
  const { driver } = funded;
  const other = await driver.newPage();
  await other.goto(`${shop.origin}/`);
  const first = fetchAll(tab, ["/paid/1"]);
  const window = await approvalWindow(driver);
  // As on a busy machine: the window is told to close and is there for another second.
  await window.evaluate(() => {
    addEventListener("beforeunload", () => {
      const end = performance.now() + 1_000;
      while (performance.now() < end);
    });
  });
  const second = first.then(() => fetchAll(other, ["/paid/2"]));
  await dismiss(window);
  expect(await first).toMatchObject([{ status: 402 }]);
  await dismiss(await approvalWindow(driver));
  expect(await second).toMatchObject([{ status: 402 }]);
});

test("a page that was told not now asks again once it is loaded anew, and not before", async ({
  funded,
  tab,
  shop,
}) => {
  const { driver } = funded;
  const first = fetchAll(tab, ["/paid/1"]);
  await dismiss(await approvalWindow(driver));
  expect(await first).toMatchObject([{ status: 402 }]);
  expect(await fetchAll(tab, ["/paid/2", "/paid/3"])).toMatchObject([{ status: 402 }, { status: 402 }]);
  await driver.killBackground();
  expect(await fetchAll(tab, ["/paid/4"])).toMatchObject([{ status: 402 }]);
  await tab.goto(`${shop.origin}/`);
  const again = fetchAll(tab, ["/paid/5"]);
  await dismiss(await approvalWindow(driver));
  expect(await again).toMatchObject([{ status: 402 }]);
});
