import { expect, test } from "./fixtures.ts";

test("a background that is asleep is woken by a 402 and pays", async ({ probe, tab, server }) => {
  const path = server.path("json");
  await probe.killBackground();
  expect(await tab.evaluate(async (url) => (await fetch(url)).status, path)).toBe(200);
});
