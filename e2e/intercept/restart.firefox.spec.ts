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
