/** Many requests at once from one page on one channel: every one is paid once. */
import { expect, fetchAllowed, goods, PRICE, tally, test } from "./fixtures.ts";
import { sumsAgree } from "./sums.ts";

const COUNT = 200;
const many = (path: (index: number) => string) => Array.from({ length: COUNT }, (_, index) => path(index));

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
