/** Methods that a session rule cannot tell apart: what carries a payment is known by the rule's own measure. */
import { expect, test } from "./fixtures.ts";

test("a payment that another method of the same address took along is never said not to have left", async ({
  tab,
  server,
}) => {
  const path = server.path("json", { policy: "hold" });
  await tab.evaluate((url) => {
    const dropped = new AbortController();
    Object.assign(window, { dropped });
    fetch(url, { method: "PROPFIND", signal: dropped.signal }).catch(() => undefined);
  }, path);
  await server.until(() => server.entries("decide").length === 1);
  // While the payment is armed the page blocks its own thread with requests of the same address, then drops the first.
  const taken = tab.evaluate((url) => {
    let status = 402;
    for (const end = Date.now() + 8_000; status === 402 && Date.now() < end; ) {
      const request = new XMLHttpRequest();
      request.open("REPORT", url, false);
      request.send();
      status = request.status;
    }
    (window as unknown as { dropped: AbortController }).dropped.abort();
    return status;
  }, path);
  await server.until(() => server.requests(path).some(({ method }) => method === "REPORT"));
  server.release("hold");
  expect(await taken).toBe(200);
  await server.until(() => server.entries("ended").length + server.entries("lost").length > 0);
  expect(server.requests(path).filter(({ payment }) => payment)).toHaveLength(1);
  // Such a word would give the money of a payment that the server holds back to the budget.
  expect(server.entries("lost")).toEqual([]);
  expect(server.entries("answered")).toMatchObject([{ status: 200 }]);
});

test("two such requests at once each carry a payment of their own", async ({ tab, server }) => {
  const path = server.path("json", { policy: "hold" });
  const got = tab.evaluate(
    (url) => Promise.all(["PROPFIND", "REPORT"].map(async (method) => (await fetch(url, { method })).status)),
    path,
  );
  await server.until(() => server.entries("decide").length === 2);
  server.release("hold");
  expect(await got).toEqual([200, 200]);
  const payments = server.requests(path).flatMap(({ payment }) => payment ?? []);
  expect(payments).toHaveLength(2);
  expect(new Set(payments).size).toBe(2);
});
