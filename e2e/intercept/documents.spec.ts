import { expect, test } from "./fixtures.ts";

const REFUSAL = "Payment is required here";

test("a navigation to a paid page ends on the paid page, with a clean history", async ({ tab, server }) => {
  const path = server.path("page");
  const start = await tab.url();
  await tab.startGoto(server.origin + path);
  await tab.waitFor("#paid");
  expect(await tab.url()).toBe(server.origin + path);
  expect(server.requests(path).map(({ status }) => status)).toEqual([402, 200]);
  await server.until(() => server.entries("ended").length === 1);
  expect(server.entries("decide")).toMatchObject([
    { type: "main_frame", site: server.origin, frameOrigins: [server.origin] },
  ]);
  await tab.evaluate(() => history.back());
  await tab.until((url) => location.href === url, start);
});

test("the 402 page stays out of sight while the wallet decides", async ({ tab, server }) => {
  const path = server.path("page", { policy: "hold-document" });
  await tab.startGoto(server.origin + path);
  await server.until(() => server.entries("decide").length === 1);
  const visible = await tab
    .evaluate(
      (text) => [...document.querySelectorAll("h1")].some((each) => each.innerText === text && each.checkVisibility()),
      REFUSAL,
    )
    // Between two documents there is nothing to ask.
    .catch(() => false);
  expect(visible).toBe(false);
  server.release("hold-document");
  await tab.waitFor("#paid");
});

test("a refused 402 page is shown as the server made it", async ({ tab, server }) => {
  const path = server.path("page", { policy: "refuse" });
  await tab.startGoto(server.origin + path);
  await tab.waitFor("h1");
  await tab.until((text) => document.body?.innerText.includes(text), REFUSAL);
  expect(await tab.evaluate(() => document.documentElement.getAttribute("style"))).toBeNull();
  expect(server.requests(path)).toHaveLength(1);
});

test("a page that stays 402 after the payment is shown, and asked no third time", async ({ tab, server }) => {
  const path = server.path("page", { greedy: true });
  await tab.startGoto(server.origin + path);
  await server.until(() => server.entries("ended").length === 1);
  await tab.until((text) => document.body?.innerText.includes(text), REFUSAL);
  expect(server.requests(path)).toHaveLength(2);
  expect(server.entries("decide")).toHaveLength(1);
});

test("an address with a fragment is paid", async ({ tab, server }) => {
  await tab.startGoto(`${server.origin}${server.path("page")}#paid`);
  await tab.waitFor("#paid");
});

test("a form's POST is repeated with its fields and its file", async ({ tab, server }) => {
  const path = server.path("page");
  await tab.goto(
    server.page(`<form method="post" enctype="multipart/form-data" action="${path}">
      <input name="word" value="kept"><input type="file" name="file"><button>Send</button></form>`),
  );
  await tab.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["content of the file"], "name.txt"));
    const input = document.querySelector<HTMLInputElement>("input[type=file]");
    if (input) input.files = transfer.files;
  });
  await tab.click("button");
  await tab.waitFor("#paid");
  const requests = server.requests(path);
  expect(requests.map(({ method, status }) => [method, status])).toEqual([
    ["POST", 402],
    ["POST", 200],
  ]);
  for (const { body } of requests) {
    expect(body.toString()).toContain("content of the file");
    expect(body.toString()).toContain("kept");
  }
});

for (const [name, attributes] of [
  ["an iframe", ""],
  ["a sandboxed iframe", 'sandbox=""'],
  ["a sandboxed iframe with scripts", 'sandbox="allow-scripts"'],
] as const) {
  test(`${name} is paid, and the wallet hears both origins`, async ({ tab, server }) => {
    const path = server.path("page");
    await tab.goto(server.page(`<iframe ${attributes} src="${server.otherOrigin}${path}"></iframe>`));
    await server.until(() => server.entries("ended").length === 1);
    expect(server.requests(path).map(({ status }) => status)).toEqual([402, 200]);
    expect(server.entries("decide")).toMatchObject([
      { type: "sub_frame", site: server.origin, frameOrigins: [server.otherOrigin, server.origin] },
    ]);
  });
}

test("a fetch in a cross-origin iframe names the frame first and the site last", async ({ tab, server }) => {
  const path = server.path("json");
  const inner = server.page(`<script>fetch("${path}")</script>`).replace(server.origin, server.otherOrigin);
  await tab.goto(server.page(`<iframe src="${inner}"></iframe>`));
  await server.until(() => server.entries("ended").length === 1);
  expect(server.entries("decide")).toMatchObject([
    { type: "xmlhttprequest", site: server.origin, frameOrigins: [server.otherOrigin, server.origin] },
  ]);
});

test("a fetch in an about:blank iframe counts as its parent's", async ({ tab, server }) => {
  const path = server.path("json");
  const status = await tab.evaluate(async (url) => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    return (await frame.contentWindow?.fetch(url))?.status;
  }, server.origin + path);
  expect(status).toBe(200);
  await server.until(() => server.entries("ended").length === 1);
  expect(server.entries("decide")[0]?.site).toBe(server.origin);
});
