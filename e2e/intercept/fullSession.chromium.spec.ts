/** A session storage without room: what is under way cannot be written there. */
import { expect, test } from "./fixtures.ts";

interface SessionStorage {
  readonly QUOTA_BYTES: number;
  getBytesInUse(key: null): Promise<number>;
  set(items: Record<string, string>): Promise<void>;
  remove(key: string): Promise<void>;
}
interface PageApi {
  readonly chrome: { readonly storage: { readonly session: SessionStorage } };
}

test("a payment that cannot be written down is taken out of the way of every later request", async ({
  probe,
  tab,
  server,
}) => {
  const page = await probe.extensionPage("/status.html");
  await page.evaluate(async () => {
    const { session } = (globalThis as unknown as PageApi).chrome.storage;
    const free = session.QUOTA_BYTES - (await session.getBytesInUse(null));
    for (let size = free; size > 0; size -= 10) {
      const filled = await session.set({ fill: "x".repeat(size) }).then(
        () => true,
        () => false,
      );
      if (filled) return;
    }
  });
  const path = server.path("json", { n: 1 });
  try {
    expect(await tab.evaluate(async (url) => (await fetch(url)).status, path)).toBe(402);
    await server.until(() => server.entries("lost").length > 0);
    expect(server.entries("lost")).toMatchObject([{ sent: false }]);
    const later = await tab.evaluate((url) => {
      // Nothing answers a 402 for such a request: it carries what the browser puts into it by itself.
      const request = new XMLHttpRequest();
      request.open("GET", url, false);
      request.send();
      return request.status;
    }, path);
    expect(later).toBe(402);
    expect(server.requests(path).filter(({ payment }) => payment)).toEqual([]);
  } finally {
    await page.evaluate(() => (globalThis as unknown as PageApi).chrome.storage.session.remove("fill"));
    await page.close();
  }
});
