import { expect, test } from "./fixtures.ts";
import { meetAnother, type Watched, watched } from "./watched.ts";

for (const [name, attribute] of [
  ["src", "src"],
  ["srcset", "srcset"],
] as const) {
  test(`an image by ${name} is paid and shows load only`, async ({ tab, server }) => {
    const path = server.path("image");
    await tab.goto(server.page(watched(`<img id="it" ${attribute}="${path}"><script>watch(it)</script>`)));
    await tab.until(() => document.querySelector("img")?.naturalWidth);
    await server.until(() => server.entries("ended").length === 1);
    const events = await tab.until(() => (globalThis as unknown as Watched).events.it);
    expect(events).toEqual(["load"]);
    // The preload scanner's request and the element's own can both meet the 402; one payment serves both.
    expect(server.requests(path).filter(({ status }) => status === 200)).toHaveLength(1);
    expect(server.entries("decide")).toMatchObject([{ site: server.origin }]);
  });
}

test("a cross-origin image is paid and shows load only", async ({ tab, server }) => {
  const path = server.path("image");
  await tab.goto(server.page(watched(`<img id="it" src="${server.otherOrigin}${path}"><script>watch(it)</script>`)));
  await tab.until(() => document.querySelector("img")?.naturalWidth);
  const events = await tab.until(() => (globalThis as unknown as Watched).events.it);
  expect(events).toEqual(["load"]);
});

test("an image that a script adds later is paid", async ({ tab, server }) => {
  const path = server.path("image");
  await tab.evaluate((url) => {
    document.body.append(Object.assign(new Image(), { src: url }));
  }, path);
  await tab.until(() => document.querySelector("img")?.naturalWidth);
});

test("20 images of 20 URLs and 5 of one URL are all shown", async ({ tab, server }) => {
  const sources = [
    ...Array.from({ length: 20 }, (_, n) => server.path("image", { n })),
    ...Array.from({ length: 5 }, () => server.path("image", { n: "same" })),
  ];
  await tab.goto(server.page(sources.map((src) => `<img src="${src}">`).join("")));
  await tab.until(() => [...document.images].length === 25 && [...document.images].every((each) => each.naturalWidth));
});

test("a refused image fails as it does without the wallet: one error, one request", async ({ tab, server }) => {
  const path = server.path("image", { policy: "refuse" });
  await tab.goto(server.page(watched(`<img id="it" src="${path}"><script>watch(it)</script>`)));
  const events = await tab.until(() => (globalThis as unknown as Watched).events.it);
  expect(events).toEqual(["error"]);
  expect(server.requests(path)).toHaveLength(1);
});

test("a refused image whose 402 is slow to arrive fails once, and is not asked for again", async ({ tab, server }) => {
  const path = server.path("image", { policy: "refuse", stalled: true });
  await tab.goto(server.page(watched(`<img id="it"><script>watch(it)</script>`)));
  await tab.evaluate((url) => document.querySelector("img")?.setAttribute("src", url), path);
  await server.until(() => server.requests(path).length > 0);
  expect(await meetAnother(tab, server)).toBe(402);
  server.release("image");
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["error"]);
  expect(server.requests(path)).toHaveLength(1);
});

test("an image whose 402 is slow to arrive is paid once and shows load only", async ({ tab, server }) => {
  const path = server.path("image", { stalled: true });
  await tab.goto(server.page(watched(`<img id="it"><script>watch(it)</script>`)));
  await tab.evaluate((url) => document.querySelector("img")?.setAttribute("src", url), path);
  await server.until(() => server.requests(path).length > 0);
  expect(await meetAnother(tab, server)).toBe(402);
  server.release("image");
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["load"]);
  expect(server.requests(path).map(({ status }) => status)).toEqual([402, 200]);
});

test("an image that is missing for another reason fails as ever", async ({ tab, server }) => {
  await tab.goto(
    server.page(watched(`<img id="it" src="${server.otherOrigin}/nowhere.png"><script>watch(it)</script>`)),
  );
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["error"]);
  expect(server.diary).toEqual([]);
});

test("an image that stays 402 after the payment fails once, with no third request", async ({ tab, server }) => {
  const path = server.path("image", { greedy: true });
  await tab.goto(server.page(watched(`<img id="it" src="${path}"><script>watch(it)</script>`)));
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["error"]);
  // Chromium drops the rest of what is no picture, and then the request is lost in its body if that was not all there.
  await server.until(() => server.entries("ended").length + server.entries("lost").length > 0);
  expect(server.entries("answered")).toMatchObject([{ status: 402 }]);
  expect(server.requests(path)).toHaveLength(2);
  expect(server.entries("decide")).toHaveLength(1);
});

test("a 402 that looks like a picture is replaced by the paid one", async ({ tab, server }) => {
  const path = server.path("image", { dressed: true });
  await tab.goto(server.page(watched(`<img id="it" src="${path}"><script>watch(it)</script>`)));
  await server.until(() => server.entries("ended").length === 1);
  expect(server.requests(path).map(({ status }) => status)).toEqual([402, 200]);
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["load"]);
});

test("media by src is paid and plays", async ({ tab, server }) => {
  const path = server.path("video");
  await tab.goto(
    server.page(watched(`<video id="it" preload="auto" src="${path}"></video><script>watch(it)</script>`)),
  );
  const events = await tab.until(() => (globalThis as unknown as Watched).events.it);
  expect(events).toEqual(["canplaythrough"]);
});

test("media by source element is paid and plays", async ({ tab, server }) => {
  const path = server.path("video");
  await tab.goto(
    server.page(watched(`<audio id="it" preload="auto"><source src="${path}"></audio><script>watch(it)</script>`)),
  );
  const events = await tab.until(() => (globalThis as unknown as Watched).events.it);
  expect(events).toEqual(["canplaythrough"]);
});

test("a style sheet is paid and applied", async ({ tab, server }) => {
  const path = server.path("style");
  await tab.goto(server.page(watched(`<link id="it" rel="stylesheet"><script>watch(it); it.href="${path}"</script>`)));
  await tab.until(() => getComputedStyle(document.body).color === "rgb(1, 2, 3)");
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["load"]);
});

test("a script is paid and runs once, and its element sees load", async ({ tab, server }) => {
  const path = server.path("script");
  await tab.goto(
    server.page(
      watched(`<script>
        const it = document.createElement("script");
        it.id = "it"; watch(it); it.src = "${path}"; document.head.append(it);
      </script>`),
    ),
  );
  expect(await tab.until(() => (globalThis as unknown as { scriptRuns?: number }).scriptRuns)).toBe(1);
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["load"]);
  expect(server.requests(path).filter(({ status }) => status === 200)).toHaveLength(1);
});

test("a refused script sees error once", async ({ tab, server }) => {
  const path = server.path("script", { policy: "refuse" });
  await tab.goto(
    server.page(
      watched(`<script>
      const it = document.createElement("script");
      it.id = "it"; watch(it); it.src = "${path}"; document.head.append(it);
    </script>`),
    ),
  );
  expect(await tab.until(() => (globalThis as unknown as Watched).events.it)).toEqual(["error"]);
});
