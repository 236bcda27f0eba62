import { expect, test } from "./fixtures.ts";

test.describe("the background dies while the wallet decides", () => {
  test("a fetch still ends in the paid answer, under the same id", async ({ probe, tab, server }) => {
    const path = server.path("json", { policy: "hold-fetch-kill" });
    await tab.evaluate((url) => {
      Object.assign(globalThis, { outcome: fetch(url, { method: "POST", body: "x" }).then((answer) => answer.status) });
    }, path);
    await server.until(() => server.entries("decide").length === 1);
    await probe.killBackground();
    await server.until(() => server.entries("decide").length === 2);
    server.release("hold-fetch-kill");
    expect(await tab.evaluate(() => (globalThis as unknown as { outcome: Promise<number> }).outcome)).toBe(200);
    await server.until(() => server.entries("ended").length === 1);
    const ids = server.entries("decide").map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect(server.requests(path).filter(({ payment }) => payment)).toHaveLength(1);
  });

  test("an XMLHttpRequest still ends in the paid answer", async ({ probe, tab, server }) => {
    const path = server.path("json", { policy: "hold-xhr-kill" });
    await tab.evaluate((url) => {
      const outcome = new Promise<number>((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.onload = () => resolve(xhr.status);
        xhr.open("GET", url);
        xhr.send();
      });
      Object.assign(globalThis, { outcome });
    }, path);
    await server.until(() => server.entries("decide").length === 1);
    await probe.killBackground();
    await server.until(() => server.entries("decide").length === 2);
    server.release("hold-xhr-kill");
    expect(await tab.evaluate(() => (globalThis as unknown as { outcome: Promise<number> }).outcome)).toBe(200);
  });

  test("a document still ends on the paid page, under the same id", async ({ probe, tab, server }) => {
    const path = server.path("page", { policy: "hold-page-kill" });
    await tab.startGoto(server.origin + path);
    await server.until(() => server.entries("decide").length === 1);
    await probe.killBackground();
    await server.until(() => server.entries("decide").length === 2);
    server.release("hold-page-kill");
    await tab.waitFor("#paid");
    const ids = server.entries("decide").map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
  });

  test("an image is still shown", async ({ probe, tab, server }) => {
    const path = server.path("image", { policy: "hold-image-kill" });
    await tab.goto(server.page(`<img src="${path}">`));
    await server.until(() => server.entries("decide").length === 1);
    await probe.killBackground();
    await server.until(() => server.entries("decide").length === 2);
    server.release("hold-image-kill");
    await tab.until(() => document.querySelector("img")?.naturalWidth);
  });
});

test.describe("the background dies while the paid request is under way", () => {
  test("the page gets its answer, and the wallet hears of it afterwards", async ({ probe, tab, server }) => {
    const path = server.path("json", { slow: "answer" });
    await tab.evaluate((url) => {
      Object.assign(globalThis, { outcome: fetch(url).then((answer) => answer.status) });
    }, path);
    await server.until(() => server.entries("sent").length === 1);
    await probe.killBackground();
    server.release("answer");
    expect(await tab.evaluate(() => (globalThis as unknown as { outcome: Promise<number> }).outcome)).toBe(200);
    expect(server.requests(path)).toHaveLength(2);
    await server.until(() => server.entries("ended").length === 1);
    expect(server.diary.map(({ kind }) => kind)).toEqual(["decide", "sent", "answered", "ended"]);
    expect(new Set(server.diary.slice(1).map(({ paymentId }) => paymentId)).size).toBe(1);
  });
});
