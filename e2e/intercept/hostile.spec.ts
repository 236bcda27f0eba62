import { expect, test } from "./fixtures.ts";

test("a page that forges the bridge's events and messages gets nothing paid", async ({ tab, server }) => {
  const path = server.path("json", { policy: "refuse" });
  const never = server.path("json", { n: "never-requested" });
  const status = await tab.evaluate(
    async ([url = "", other = ""]) => {
      const { port1, port2 } = new MessageChannel();
      const heard: unknown[] = [];
      port1.onmessage = ({ data }) => heard.push(data);
      const questions = [other, url].flatMap((target) => [
        { say: "ask", call: 1, url: target, certain: true, again: 1 },
        { say: "ruled", number: 1, ruling: "go" },
        { say: "seen-402", url: target },
      ]);
      for (const name of ["tollpass:port", "tollpass:page"]) {
        window.dispatchEvent(new MessageEvent(name, { ports: [port2], data: questions }));
        window.dispatchEvent(new MessageEvent(name));
      }
      for (const question of questions) {
        port1.postMessage(question);
        window.postMessage(question, "*");
      }
      const answer = await fetch(url);
      return { status: answer.status, heard };
    },
    [path, never],
  );
  expect(status).toEqual({ status: 402, heard: [] });
  await tab.evaluate(async (url) => (await fetch(url)).status, server.path("json", { n: "later" }));
  await server.until(() => server.entries("ended").length === 1);
  expect(server.requests(never)).toHaveLength(0);
  expect(server.entries("decide").map(({ url }) => new URL(url ?? "").pathname + new URL(url ?? "").search)).toEqual([
    path,
    server.path("json", { n: "later" }),
  ]);
});

test("a page that replaces the language's own functions learns nothing and still gets its answer", async ({
  tab,
  server,
}) => {
  const path = server.path("json");
  const got = await tab.evaluate(async (url) => {
    const heard: string[] = [];
    const spy = (object: object, name: string) => {
      const native = Reflect.get(object, name) as (...args: unknown[]) => unknown;
      Reflect.set(object, name, function spied(this: unknown, ...args: unknown[]) {
        heard.push(JSON.stringify(args.map((each) => (typeof each === "object" ? { ...each } : `${each}`))));
        return Reflect.apply(native, this, args);
      });
    };
    for (const [object, name] of [
      [MessagePort.prototype, "postMessage"],
      [Map.prototype, "get"],
      [Map.prototype, "set"],
      [WeakMap.prototype, "get"],
      [EventTarget.prototype, "addEventListener"],
      [EventTarget.prototype, "dispatchEvent"],
      [Request.prototype, "clone"],
      [Promise, "race"],
    ] as const)
      spy(object, name);
    const answer = await fetch(url, { signal: new AbortController().signal });
    return { status: answer.status, heard: heard.filter((each) => /probe-|signature/i.test(each)) };
  }, path);
  expect(got).toEqual({ status: 200, heard: [] });
});

test("the payment is nowhere in what the page can read", async ({ tab, server }) => {
  const path = server.path("json");
  const readable = await tab.evaluate(async (url) => {
    const answer = await fetch(url);
    const xhr = new XMLHttpRequest();
    await new Promise((resolve) => {
      xhr.onload = resolve;
      xhr.open("GET", url);
      xhr.send();
    });
    return JSON.stringify([
      [...answer.headers],
      xhr.getAllResponseHeaders(),
      performance.getEntries().map((entry) => entry.toJSON()),
      Object.keys(window),
      document.documentElement.outerHTML,
      { ...localStorage },
      { ...sessionStorage },
    ]);
  }, path);
  expect(readable).not.toMatch(/probe-\d+:/);
  expect(server.requests(path).filter(({ payment }) => payment?.startsWith("probe-")).length).toBeGreaterThan(0);
});

test("a payment that the page makes up does not replace the wallet's", async ({ tab, server }) => {
  const path = server.path("json", { policy: "refuse" });
  const status = await tab.evaluate(async (url) => {
    const forged = fetch(url, { headers: { "payment-signature": "forged" } });
    return (await forged).status;
  }, path);
  // The server under test believes any header; what counts is that the wallet had no part in it.
  expect(status).toBe(200);
  expect(server.diary).toEqual([]);
});

test("a flood of questions about nothing decides nothing, and an honest request still goes through", async ({
  tab,
  server,
}) => {
  const refused = server.path("json", { policy: "refuse" });
  const honest = server.path("json", { n: "honest" });
  const status = await tab.evaluate(
    async ([bad = "", good = ""]) => {
      const flood = Array.from({ length: 300 }, (_, n) => fetch(`${bad}&flood=${n}`));
      const [{ status }] = await Promise.all([fetch(good), ...flood]);
      return status;
    },
    [refused, honest],
  );
  expect(status).toBe(200);
});

test("prefetched and speculative loads are never decided", async ({ tab, server }) => {
  const [hint, speculation] = [server.path("page", { n: "hint" }), server.path("page", { n: "speculation" })];
  await tab.goto(
    server.page(`<link rel="prefetch" href="${hint}">
      <script type="speculationrules">{"prefetch":[{"source":"list","urls":["${speculation}"],"eagerness":"immediate"}]}</script>`),
  );
  await server.until(() => server.requests(hint).length === 1);
  await tab.evaluate(async (url) => (await fetch(url)).status, server.path("json", { n: "later" }));
  await server.until(() => server.entries("ended").length === 1);
  expect(server.entries("decide")).toHaveLength(1);
});

test("fetch and XMLHttpRequest look like the native ones to a casual eye", async ({ tab }) => {
  const look = await tab.evaluate(() => ({
    fetch: [fetch.name, fetch.length, `${fetch}`.includes("[native code]"), Object.keys(fetch)],
    xhr: [
      XMLHttpRequest.name,
      XMLHttpRequest.length,
      `${XMLHttpRequest}`.includes("[native code]"),
      new XMLHttpRequest() instanceof XMLHttpRequest,
      new XMLHttpRequest().constructor === XMLHttpRequest,
      XMLHttpRequest.DONE,
    ],
    methods: [XMLHttpRequest.prototype.open.name, `${XMLHttpRequest.prototype.send}`.includes("[native code]")],
    own: Object.keys(window).filter((name) => /toll|wallet|wxt/i.test(name)),
  }));
  expect(look).toEqual({
    fetch: ["fetch", 1, true, []],
    xhr: ["XMLHttpRequest", 0, true, true, true, 4],
    methods: ["open", true],
    own: [],
  });
});
