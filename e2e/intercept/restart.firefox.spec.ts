import { expect, test } from "./fixtures.ts";

test("Firefox gives a held request back when its background dies: the page gets its 402 and nothing is sent", async ({
  probe,
  tab,
  server,
}) => {
  const path = server.path("json", { policy: "hold-firefox-kill" });
  await tab.evaluate((url) => {
    Object.assign(globalThis, { outcome: fetch(url).then((answer) => answer.status) });
  }, path);
  await server.until(() => server.entries("decide").length === 1);
  await probe.killBackground();
  const outcome = await tab.evaluate(() => (globalThis as unknown as { outcome: Promise<number> }).outcome);
  expect(outcome).toBe(402);
  expect(server.requests(path)).toHaveLength(1);
});

test("requests that waited in a crowd when the background died are decided again, under their own addresses", async ({
  probe,
  tab,
  server,
}) => {
  const paths = Array.from({ length: 6 }, (_, n) => server.path("json", { n, policy: "hold-crowd-kill" }));
  await tab.evaluate((urls) => {
    Object.assign(globalThis, { outcome: Promise.all(urls.map(async (url) => (await fetch(url)).status)) });
  }, paths);
  await server.until(() => server.entries("decide").length === paths.length);
  // Free requests are let through as soon as the crowd has gone to its bays.
  await tab.evaluate((url) => fetch(url).then(({ status }) => status), server.path("json", { policy: "free" }));
  await probe.killBackground();
  server.release("hold-crowd-kill");
  const outcome = await tab.evaluate(() => (globalThis as unknown as { outcome: Promise<number[]> }).outcome);
  // One that had not left for its bay yet is given back as its 402.
  expect(outcome.filter((status) => status === 402 || status === 200)).toHaveLength(paths.length);
  expect(server.seen.map(({ path }) => path).filter((path) => path.includes("bay"))).toEqual([]);
});

for (const redirect of ["manual", "error"] as const) {
  test(`a fetch with redirect "${redirect}" cannot be repeated: the payment is reported as not sent`, async ({
    tab,
    server,
  }) => {
    const path = server.path("json");
    const outcome = await tab.evaluate(
      ([url = "", mode = ""]) =>
        fetch(url, { redirect: mode as RequestRedirect }).then(
          ({ type }) => type,
          (error: Error) => error.name,
        ),
      [path, redirect],
    );
    expect(["TypeError", "opaqueredirect"]).toContain(outcome);
    await server.until(() => server.entries("lost").length === 1);
    expect(server.entries("lost")[0]?.sent).toBe(false);
    expect(server.requests(path)).toHaveLength(1);
  });
}
