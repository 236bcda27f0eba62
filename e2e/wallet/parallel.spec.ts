/** Many requests at once from one page on one channel: every one is paid once, and no cap is passed by a unit. */
import { allow, approvalWindow, dismiss } from "../approval.ts";
import { expect, fetchAll, fetchAllowed, goods, PRICE, type Seen, test } from "./fixtures.ts";
import { sumsAgree } from "./sums.ts";

const COUNT = 200;
const many = (path: (index: number) => string) => Array.from({ length: COUNT }, (_, index) => path(index));

/** How many answers there were of each status. */
function tally(seen: readonly Seen[]): Record<number, number> {
  return Object.fromEntries(
    [...Map.groupBy(seen, ({ status }) => status)].map(([status, all]) => [status, all.length]),
  );
}

test.beforeEach(() => test.setTimeout(240_000));

for (const { name, paths } of [
  { name: "200 addresses fetched at once are all paid, each once", paths: many((index) => `/paid/${index}`) },
  { name: "one address fetched 200 times at once is paid 200 times", paths: many(() => "/paid/same") },
]) {
  test(name, async ({ chain, shop, funded, tab }) => {
    const seen = await fetchAllowed(funded.driver, tab, paths, "0.2");
    expect(tally(seen)).toEqual({ 200: COUNT });
    expect(seen).toEqual(paths.map(goods));
    await sumsAgree({ chain, shop, ...funded }, { count: COUNT, total: BigInt(COUNT) * PRICE });
    const [channel, ...others] = await funded.wallet.ask("channels.list", {});
    expect(others).toEqual([]);
    expect(BigInt(channel?.paid.atomic ?? 0)).toBe(BigInt(COUNT) * PRICE);
  });
}

test("a budget for 100 pays exactly 100 of 200, and the rest get their 402", async ({ chain, shop, funded, tab }) => {
  const affordable = 100;
  const { driver } = funded;
  const paths = many((index) => `/paid/${index}`);
  const answers = async () => {
    await allow(await approvalWindow(driver), "0.1");
    // It asks again when the hundred are paid.
    await dismiss(await approvalWindow(driver, "of your budget", 200_000));
  };
  const [seen] = await Promise.all([fetchAll(tab, paths), answers()]);
  expect(tally(seen)).toEqual({ 200: affordable, 402: COUNT - affordable });
  await sumsAgree({ chain, shop, ...funded }, { count: affordable, total: BigInt(affordable) * PRICE });
});
