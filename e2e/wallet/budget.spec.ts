/** Many requests at once and a budget for half of them: no cap is passed by a unit. */
import { allow, approvalWindow, dismiss } from "../approval.ts";
import { expect, fetchAll, PRICE, tally, test } from "./fixtures.ts";
import { sumsAgree } from "./sums.ts";

const COUNT = 200;

test("a budget for 100 pays exactly 100 of 200, and the rest get their 402", async ({ chain, shop, funded, tab }) => {
  test.setTimeout(240_000);
  const affordable = 100;
  const { driver } = funded;
  const paths = Array.from({ length: COUNT }, (_, index) => `/paid/${index}`);
  const fetched = fetchAll(tab, paths);
  await allow(await approvalWindow(driver), "0.1");
  // It asks again when the hundred are paid; one "not now" is for all that are left.
  await dismiss(await approvalWindow(driver, "of your budget", 120_000));
  const seen = await fetched;
  expect(tally(seen)).toEqual({ 200: affordable, 402: COUNT - affordable });
  await sumsAgree({ chain, shop, ...funded }, { count: affordable, total: BigInt(affordable) * PRICE });
});
