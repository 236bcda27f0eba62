/** A few real kills by a seeded plan; `npm run chaos -- --real chromium` carries out hundreds, and adds up the end. */
import { expect, test } from "../wallet/fixtures.ts";
import { type Kill, planOf, realChaos } from "./run.ts";

test.beforeEach(() => test.setTimeout(240_000));

/** One of each kind, so that a short run has them all, at moments of the seeded plan; few pages, so that it is short. */
const plan: Kill[] = planOf(402, 4).map((kill, index) => ({
  ...kill,
  pages: 2,
  victim: (["background", "shop", "browser", "background"] as const)[index] ?? "background",
}));

test("background, shop and browser die while a page pays in parallel, and every promise holds", async ({ family }) => {
  const figures = await realChaos(family, plan, { toTheEnd: false });
  expect(figures.breaches).toEqual([]);
  expect(figures.kills).toEqual({ background: 2, shop: 1, browser: 1 });
  expect(figures.pages).toBeGreaterThan(plan.length);
});
