/** The window that asks: what waits for an answer is always shown in one. */
import { approvalWindow, dismiss } from "../approval.ts";
import { expect, fetchAll, test } from "./fixtures.ts";

test("a question that comes back while its last window is still closing gets a new window", async ({ funded, tab }) => {
  const { driver } = funded;
  const first = fetchAll(tab, ["/paid/1"]);
  const window = await approvalWindow(driver);
  // As on a busy machine: the window is told to close and is there for another second.
  await window.evaluate(() => {
    addEventListener("beforeunload", () => {
      const end = performance.now() + 1_000;
      while (performance.now() < end);
    });
  });
  const second = first.then(() => fetchAll(tab, ["/paid/2"]));
  await dismiss(window);
  expect(await first).toMatchObject([{ status: 402 }]);
  await dismiss(await approvalWindow(driver));
  expect(await second).toMatchObject([{ status: 402 }]);
});
