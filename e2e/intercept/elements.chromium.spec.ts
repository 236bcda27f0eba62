/** Two requests for one URL at once, as Chromium makes them; Firefox makes the second when the first has its answer. */
import { expect, test } from "./fixtures.ts";
import { meetAnother, type Watched, watched } from "./watched.ts";

test("an element that fails after the refusal of its file is not loaded again", async ({ tab, server }) => {
  const path = server.path("image", { policy: "refuse", stalled: true });
  const elements = `<img id="first"><link id="second" rel="stylesheet">`;
  await tab.goto(server.page(watched(`${elements}<script>watch(first); watch(second)</script>`)));
  await tab.evaluate((url) => {
    document.querySelector("img")?.setAttribute("src", url);
    document.querySelector("link")?.setAttribute("href", url);
  }, path);
  await server.until(() => server.requests(path).length === 2);
  expect(await meetAnother(tab, server)).toBe(402);
  server.release("image");
  expect(await tab.until(() => (globalThis as unknown as Watched).events.first)).toEqual(["error"]);
  server.release("style");
  expect(await tab.until(() => (globalThis as unknown as Watched).events.second)).toEqual(["error"]);
  expect(server.requests(path)).toHaveLength(2);
});
