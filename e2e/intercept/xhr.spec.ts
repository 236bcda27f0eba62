import { expect, test } from "./fixtures.ts";

test("a paid XMLHttpRequest shows the page one plain life: no event of the 402", async ({ tab, server }) => {
  const path = server.path("json");
  const got = await tab.evaluate(
    (url) =>
      new Promise<object>((resolve) => {
        const events: string[] = [];
        const xhr = new XMLHttpRequest();
        xhr.onreadystatechange = () => events.push(`state ${xhr.readyState}`);
        for (const type of ["loadstart", "load", "error", "abort", "timeout"])
          xhr.addEventListener(type, () => events.push(type));
        xhr.onloadend = () => {
          events.push("loadend");
          resolve({ events, status: xhr.status, response: xhr.response, url: xhr.responseURL, type: xhr.responseType });
        };
        xhr.open("GET", url);
        xhr.responseType = "json";
        xhr.send();
      }),
    path,
  );
  expect(got).toEqual({
    events: ["state 1", "loadstart", "state 2", "state 3", "state 4", "load", "loadend"],
    status: 200,
    response: { paid: true },
    url: server.origin + path,
    type: "json",
  });
  expect(server.requests(path).map(({ status }) => status)).toEqual([402, 200]);
});

test("a POST is sent again with its body and headers", async ({ tab, server }) => {
  const path = server.path("echo");
  const text = await tab.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open("POST", url, true);
        xhr.setRequestHeader("content-type", "text/plain");
        xhr.setRequestHeader("x-mine", "kept");
        xhr.onload = () => resolve(xhr.responseText);
        xhr.send("the body");
      }),
    path,
  );
  expect(text).toBe("the body");
  const [, paid] = server.requests(path);
  expect(paid?.headers).toMatchObject({ "content-type": "text/plain", "x-mine": "kept" });
});

test("credentials and a cross-origin target survive the repetition", async ({ tab, server }) => {
  const path = server.path("json", { cors: "echo" });
  await tab.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie of the other origin is set by its own page below
    document.cookie = "who=me";
  });
  const got = await tab.evaluate(
    (url) =>
      new Promise<object>((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open("GET", url);
        xhr.withCredentials = true;
        xhr.onload = () => resolve({ status: xhr.status, credentials: xhr.withCredentials });
        xhr.send();
      }),
    server.otherOrigin + path,
  );
  expect(got).toEqual({ status: 200, credentials: true });
});

test("a refused 402 reaches the page with status, headers and body", async ({ tab, server }) => {
  const path = server.path("json", { policy: "refuse" });
  const got = await tab.evaluate(
    (url) =>
      new Promise<object>((resolve) => {
        const events: string[] = [];
        const xhr = new XMLHttpRequest();
        for (const type of ["load", "error", "loadend"]) xhr.addEventListener(type, () => events.push(type));
        xhr.addEventListener("loadend", () =>
          resolve({
            events,
            state: xhr.readyState,
            status: xhr.status,
            refusal: xhr.getResponseHeader("x-refusal"),
            text: xhr.responseText,
          }),
        );
        xhr.open("GET", url);
        xhr.send();
      }),
    path,
  );
  expect(got).toEqual({
    events: ["load", "loadend"],
    state: 4,
    status: 402,
    refusal: "yes",
    text: "<h1>Payment is required here</h1>",
  });
  expect(server.requests(path)).toHaveLength(1);
});

test("abort() while the wallet decides fires abort and loadend once, and sends no payment", async ({
  tab,
  server,
  family,
}) => {
  const path = server.path("json", { policy: "hold-xhr-abort" });
  await tab.evaluate((url) => {
    const events: string[] = [];
    const xhr = new XMLHttpRequest();
    for (const type of ["load", "error", "abort", "timeout", "loadend"])
      xhr.addEventListener(type, () => events.push(type));
    xhr.open("GET", url);
    xhr.send();
    Object.assign(globalThis, { xhr, events });
  }, path);
  await server.until(() => server.entries("decide").length === 1);
  const got = await tab.evaluate(() => {
    const { xhr, events } = globalThis as unknown as { xhr: XMLHttpRequest; events: string[] };
    xhr.abort();
    return { events, status: xhr.status };
  });
  expect(got).toEqual({ events: ["abort", "loadend"], status: 0 });
  if (family === "chromium") await server.until(() => server.entries("aborted").length === 1);
  server.release("hold-xhr-abort");
  await server.until(() => server.entries("lost").length === 1);
  expect(server.entries("lost")[0]?.sent).toBe(false);
  expect(server.requests(path)).toHaveLength(1);
});

test("the page's timeout runs on while the wallet decides", async ({ tab, server }) => {
  const path = server.path("json", { policy: "hold-xhr-timeout" });
  const events = await tab.evaluate(
    (url) =>
      new Promise<string[]>((resolve) => {
        const events: string[] = [];
        const xhr = new XMLHttpRequest();
        for (const type of ["load", "error", "abort", "timeout"]) xhr.addEventListener(type, () => events.push(type));
        xhr.onloadend = () => resolve(events);
        xhr.open("GET", url);
        xhr.timeout = 500;
        xhr.send();
      }),
    path,
  );
  expect(events).toEqual(["timeout"]);
  server.release("hold-xhr-timeout");
  await server.until(() => server.entries("lost").length === 1);
  expect(server.requests(path)).toHaveLength(1);
});

test("a second 402 after the payment goes to the page, with no third request", async ({ tab, server }) => {
  const path = server.path("json", { greedy: true });
  const status = await tab.evaluate(
    (url) =>
      new Promise<number>((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open("GET", url);
        xhr.onload = () => resolve(xhr.status);
        xhr.send();
      }),
    path,
  );
  expect(status).toBe(402);
  await server.until(() => server.entries("ended").length === 1);
  expect(server.requests(path)).toHaveLength(2);
  expect(server.entries("decide")).toHaveLength(1);
});

test("an object that is used again is paid again", async ({ tab, server }) => {
  const paths = [server.path("json", { n: 1 }), server.path("json", { n: 2 })];
  const statuses = await tab.evaluate(async (urls) => {
    const xhr = new XMLHttpRequest();
    const statuses: number[] = [];
    for (const url of urls) {
      await new Promise<void>((resolve) => {
        xhr.onload = () => resolve();
        xhr.open("GET", url);
        xhr.send();
      });
      statuses.push(xhr.status);
    }
    return statuses;
  }, paths);
  expect(statuses).toEqual([200, 200]);
});

test("a synchronous request passes untouched in Chromium and is paid in Firefox", async ({ tab, server, family }) => {
  const path = server.path("json");
  const status = await tab.evaluate((url) => {
    const xhr = new XMLHttpRequest();
    xhr.open("GET", url, false);
    xhr.send();
    return xhr.status;
  }, path);
  expect(status).toBe(family === "firefox" ? 200 : 402);
});
