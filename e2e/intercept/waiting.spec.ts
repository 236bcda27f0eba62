import { expect, test } from "./fixtures.ts";

/** The statuses that the page gets, by list of addresses. */
interface Waiting {
  free: Promise<number[]>;
  paid: Promise<number[]>;
  held: Promise<number[]>;
}

const MANY = 12;

test("requests that wait for the wallet hold up no others, paid or free", async ({ tab, server }) => {
  const paths = (policy: string | undefined) =>
    Array.from({ length: MANY }, (_, n) => server.path("json", { n, ...(policy && { policy }) }));
  const held = paths("hold-crowd");
  await tab.evaluate(
    (lists) => {
      const all = (urls: string[]) => Promise.all(urls.map(async (url) => (await fetch(url)).status));
      Object.assign(globalThis, { held: all(lists.held), free: all(lists.free), paid: all(lists.paid) });
    },
    { held, free: paths("free"), paid: paths(undefined) },
  );
  const ok = Array.from({ length: MANY }, () => 200);
  expect(await tab.evaluate(() => (globalThis as unknown as Waiting).free)).toEqual(ok);
  expect(await tab.evaluate(() => (globalThis as unknown as Waiting).paid)).toEqual(ok);
  expect(server.entries("decide").filter(({ url }) => `${url}`.includes("hold-crowd"))).toHaveLength(MANY);
  server.release("hold-crowd");
  expect(await tab.evaluate(() => (globalThis as unknown as Waiting).held)).toEqual(ok);
  await server.until(() => server.entries("ended").length === 2 * MANY);
  // Each was asked for twice, under its own address, and nothing else was.
  const asked = server.seen.map(({ path }) => path).filter((path) => path.includes("hold-crowd"));
  expect(asked.sort()).toEqual([...held, ...held].sort());
});

test("requests of one address wait each for itself", async ({ tab, server }) => {
  const path = server.path("json", { policy: "hold-same" });
  await tab.evaluate(
    ([url = "", count]) => {
      const one = async () => (await fetch(url)).status;
      Object.assign(globalThis, { held: Promise.all(Array.from({ length: Number(count) }, one)) });
    },
    [path, `${MANY}`],
  );
  await server.until(() => server.entries("decide").length > 0);
  expect(await tab.evaluate(async (url) => (await fetch(url)).status, server.path("json", { n: "other" }))).toBe(200);
  server.release("hold-same");
  const statuses = await tab.evaluate(() => (globalThis as unknown as Waiting).held);
  expect(statuses).toEqual(Array.from({ length: MANY }, () => 200));
});

test("requests of another origin, with a preflight and a body, wait in a crowd and keep both", async ({
  tab,
  server,
}) => {
  const urls = Array.from(
    { length: MANY },
    (_, n) => server.otherOrigin + server.path("echo", { cors: "*", n, policy: "hold-cors" }),
  );
  await tab.evaluate((all) => {
    const put = async (url: string, n: number) => {
      const headers = { "content-type": "application/json", "x-mine": "1" };
      const answer = await fetch(url, { method: "PUT", headers, body: JSON.stringify({ n }) });
      return { status: answer.status, url: answer.url, text: await answer.text() };
    };
    Object.assign(globalThis, { held: Promise.all(all.map(put)) });
  }, urls);
  await server.until(() => server.entries("decide").length === MANY);
  server.release("hold-cors");
  const answers = await tab.evaluate(
    () => (globalThis as unknown as { held: Promise<{ status: number; url: string; text: string }[]> }).held,
  );
  expect(answers.map(({ status, url }) => ({ status, url }))).toEqual(urls.map((url) => ({ status: 200, url })));
  expect(answers.map(({ text }) => text)).toEqual(urls.map((_, n) => JSON.stringify({ n })));
});

test("requests that are refused after a wait reach the page as their 402", async ({ tab, server }) => {
  const paths = Array.from({ length: MANY }, (_, n) => server.path("json", { n, policy: "later-refuse" }));
  await tab.evaluate((urls) => {
    Object.assign(globalThis, { held: Promise.all(urls.map(async (url) => (await fetch(url)).status)) });
  }, paths);
  await server.until(() => server.entries("decide").length === MANY);
  server.release("later-refuse");
  const statuses = await tab.evaluate(() => (globalThis as unknown as Waiting).held);
  expect(statuses).toEqual(paths.map(() => 402));
  expect(server.entries("decide")).toHaveLength(MANY);
});
