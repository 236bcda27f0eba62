import { expect, test } from "./fixtures.ts";

test("a paid fetch gets the paid answer and the wallet hears sent, answered, ended", async ({ tab, server }) => {
  const path = server.path("json");
  const got = await tab.evaluate(async (url) => {
    const response = await fetch(url);
    return { status: response.status, url: response.url, type: response.type, body: await response.json() };
  }, path);
  expect(got).toEqual({ status: 200, url: server.origin + path, type: "basic", body: { paid: true } });
  await server.until(() => server.entries("ended").length === 1);
  expect(server.diary.map(({ kind }) => kind)).toEqual(["decide", "sent", "answered", "ended"]);
  const [decide, sent, answered] = server.diary;
  expect(decide).toMatchObject({
    url: server.origin + path,
    method: "GET",
    type: "xmlhttprequest",
    site: server.origin,
    frameOrigins: [server.origin],
    incognito: false,
    frameId: 0,
  });
  expect(answered).toMatchObject({ status: 200, contentType: "application/json", paymentId: sent?.paymentId });
  expect(server.requests(path).map(({ payment }) => payment)).toEqual([undefined, `probe-${sent?.paymentId}`]);
});

test("a POST is repeated with the same JSON body", async ({ tab, server }) => {
  const path = server.path("echo");
  const body = await tab.evaluate(async (url) => {
    const headers = { "content-type": "application/json", "x-mine": "kept" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ a: 1 }) });
    return response.text();
  }, path);
  expect(body).toBe('{"a":1}');
  const [, paid] = server.requests(path);
  expect(paid).toMatchObject({ method: "POST", body: Buffer.from('{"a":1}') });
  expect(paid?.headers).toMatchObject({ "content-type": "application/json", "x-mine": "kept" });
});

test("a form with a file is repeated with the same file", async ({ tab, server }) => {
  const path = server.path("echo");
  const status = await tab.evaluate(async (url) => {
    const form = new FormData();
    form.set("file", new File(["x".repeat(100_000)], "name.txt", { type: "text/plain" }));
    return (await fetch(url, { method: "POST", body: form })).status;
  }, path);
  expect(status).toBe(200);
  const [first, paid] = server.requests(path);
  expect(paid?.body.includes("x".repeat(100_000))).toBe(true);
  expect(paid?.body.length).toBe(first?.body.length);
});

test("a Request object with a body is repeated and counts as used", async ({ tab, server }) => {
  const path = server.path("echo");
  const got = await tab.evaluate(async (url) => {
    const request = new Request(url, { method: "PUT", body: "put me" });
    const response = await fetch(request);
    return { text: await response.text(), used: request.bodyUsed };
  }, path);
  expect(got).toEqual({ text: "put me", used: true });
  expect(server.requests(path).map(({ method }) => method)).toEqual(["PUT", "PUT"]);
});

test("every form of the argument is paid", async ({ tab, server }) => {
  const path = (n: number) => server.path("json", { n });
  const statuses = await tab.evaluate(
    async ([a = "", b = "", c = "", d = "", e = ""]) => {
      const answers = await Promise.all([
        fetch(new URL(a, location.href)),
        fetch(new Request(b)),
        fetch(`${c}#fragment`),
        fetch(d, { method: "DELETE" }),
        fetch(e, { method: "post", body: new Blob(["blob"]) }),
      ]);
      return answers.map(({ status }) => status);
    },
    [path(1), path(2), path(3), path(4), path(5)],
  );
  expect(statuses).toEqual([200, 200, 200, 200, 200]);
});

test("a refused 402 reaches the page untouched, without a second request", async ({ tab, server }) => {
  const path = server.path("json", { policy: "refuse" });
  const got = await tab.evaluate(async (url) => {
    const response = await fetch(url);
    const { status, redirected, bodyUsed } = response;
    return {
      status,
      redirected,
      bodyUsed,
      refusal: response.headers.get("x-refusal"),
      offer: response.headers.get("payment-required"),
      text: await response.text(),
    };
  }, path);
  expect(got).toEqual({
    status: 402,
    redirected: false,
    bodyUsed: false,
    refusal: "yes",
    offer: "refuse",
    text: "<h1>Payment is required here</h1>",
  });
  expect(server.requests(path)).toHaveLength(1);
});

test("a second 402 after the payment goes to the page, with no third request and no second decision", async ({
  tab,
  server,
}) => {
  const path = server.path("json", { greedy: true });
  expect(await tab.evaluate(async (url) => (await fetch(url)).status, path)).toBe(402);
  await server.until(() => server.entries("ended").length === 1);
  expect(server.diary.map(({ kind, status }) => [kind, status])).toEqual([
    ["decide", undefined],
    ["sent", undefined],
    ["answered", 402],
    ["ended", undefined],
  ]);
  expect(server.requests(path)).toHaveLength(2);
});

test("an abort while the wallet decides ends the fetch at once and the payment is not sent", async ({
  tab,
  server,
  family,
}) => {
  const path = server.path("json", { policy: "hold-abort" });
  await tab.evaluate((url) => {
    const controller = new AbortController();
    Object.assign(globalThis, { controller });
    Object.assign(globalThis, {
      ended: fetch(url, { signal: controller.signal }).then(
        () => "answered",
        (reason: Error) => reason.name,
      ),
    });
  }, path);
  await server.until(() => server.entries("decide").length === 1);
  const ended = await tab.evaluate(() => {
    const { controller, ended } = globalThis as unknown as { controller: AbortController; ended: Promise<string> };
    controller.abort();
    return ended;
  });
  expect(ended).toBe("AbortError");
  // Firefox reports the abort of a request that it holds only when it is let go.
  if (family === "chromium") await server.until(() => server.entries("aborted").length === 1);
  server.release("hold-abort");
  await server.until(() => server.entries("lost").length === 1);
  expect(server.entries("lost")[0]?.sent).toBe(false);
  expect(server.requests(path)).toHaveLength(1);
});

test("a tab that is closed while the wallet decides aborts the question", async ({ probe, server }) => {
  const tab = await probe.newPage();
  await tab.goto(server.page("closing"));
  await tab.evaluate((url) => void fetch(url).catch(() => {}), server.path("json", { policy: "hold-close" }));
  await server.until(() => server.entries("decide").length === 1);
  await tab.close();
  await server.until(() => server.entries("aborted").length === 1);
  server.release("hold-close");
  await server.until(() => server.entries("lost").length === 1);
  expect(server.entries("lost")[0]?.sent).toBe(false);
});

test("cross-origin requests are paid where CORS lets the page read the answer", async ({ tab, server }) => {
  const simple = server.otherOrigin + server.path("json", { cors: "*" });
  const credentials = server.otherOrigin + server.path("json", { cors: "echo" });
  const preflighted = server.otherOrigin + server.path("echo", { cors: "*", n: 1 });
  const statuses = await tab.evaluate(
    async ([a = "", b = "", c = ""]) => [
      (await fetch(a)).status,
      (await fetch(b, { credentials: "include" })).status,
      (await fetch(c, { method: "PUT", headers: { "content-type": "application/json", "x-mine": "1" }, body: "{}" }))
        .status,
    ],
    [simple, credentials, preflighted],
  );
  expect(statuses).toEqual([200, 200, 200]);
  const preflights = server.seen.filter(({ method }) => method === "OPTIONS");
  expect(preflights.length).toBeGreaterThan(0);
  expect(preflights.filter(({ payment }) => payment)).toEqual([]);
  await server.until(() => server.entries("decide").length === 3);
  expect(server.entries("decide").map(({ site }) => site)).toEqual([server.origin, server.origin, server.origin]);
});

test("a 402 that CORS keeps from the page is never decided", async ({ tab, server }) => {
  const url = server.otherOrigin + server.path("json");
  const outcome = await tab.evaluate(
    (target) =>
      fetch(target).then(
        ({ status }) => `${status}`,
        (error: Error) => error.name,
      ),
    url,
  );
  expect(outcome).toBe("TypeError");
  // A decision about it would have been written down before that of a later request.
  await tab.evaluate((path) => fetch(path).then(({ status }) => status), server.path("json", { n: "later" }));
  await server.until(() => server.entries("ended").length === 1);
  expect(server.entries("decide")).toHaveLength(1);
  expect(server.requests(server.path("json"))).toHaveLength(1);
});

test("200 parallel fetches of 200 URLs all succeed, each with a payment of its own", async ({ tab, server }) => {
  const paths = Array.from({ length: 200 }, (_, n) => server.path("json", { n }));
  const statuses = await tab.evaluate(
    async (urls) => Promise.all(urls.map(async (url) => (await fetch(url)).status)),
    paths,
  );
  expect(statuses).toEqual(paths.map(() => 200));
  await server.until(() => server.entries("ended").length === 200);
  expect(server.entries("decide")).toHaveLength(200);
  expect(new Set(server.seen.map(({ payment }) => payment).filter(Boolean)).size).toBe(200);
});

test("200 parallel fetches of one URL all succeed, and none takes the payment of another", async ({
  tab,
  server,
  family,
}) => {
  const path = server.path("json");
  const statuses = await tab.evaluate(
    async (url) => Promise.all(Array.from({ length: 200 }, async () => (await fetch(url)).status)),
    path,
  );
  expect(statuses).toEqual(Array.from({ length: 200 }, () => 200));
  await server.until(() => server.entries("ended").length === server.entries("decide").length);
  const payments = server.requests(path).flatMap(({ payment }) => payment ?? []);
  // A first request that leaves while a rule for its address is armed carries that payment too: Chromium's rules cannot
  // tell the two apart. The same bytes are never charged twice, and nobody is left without an answer.
  if (family === "firefox") expect(new Set(payments).size).toBe(payments.length);
  expect(new Set(payments).size).toBe(server.entries("decide").length);
  expect(server.entries("lost").filter(({ sent }) => sent)).toEqual([]);
});

test("free requests pass: nothing is asked and nothing is repeated", async ({ tab, server }) => {
  const path = server.path("json", { policy: "free" });
  expect(await tab.evaluate(async (url) => (await fetch(url)).status, path)).toBe(200);
  expect(server.requests(path)).toHaveLength(1);
  expect(server.diary).toEqual([]);
});
