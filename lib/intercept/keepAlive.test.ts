/** Claims about how long the background is kept awake. The browser's call that counts as activity is played and counted. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const { calls } = vi.hoisted(() => ({ calls: { count: 0 } }));
vi.mock("wxt/browser", () => ({
  browser: {
    runtime: {
      getPlatformInfo: async () => {
        calls.count += 1;
      },
    },
  },
}));
const { keptAlive } = await import("./keepAlive.ts");

/** Both browsers end a background in which nothing was done for so long, in milliseconds. */
const IDLE = 30_000;

beforeEach(() => {
  calls.count = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), "nothing ticks on").toBe(0);
  vi.useRealTimers();
});

/** Whether something is done within the next time that a browser waits. */
async function staysAwake(): Promise<boolean> {
  const before = calls.count;
  await vi.advanceTimersByTimeAsync(IDLE - 1);
  return calls.count > before;
}

test("what is waited for without a limit keeps the background awake until it comes, and no longer", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const kept = keptAlive(promise);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await staysAwake()).toBe(true);
  resolve("here");
  expect(await kept).toBe("here");
  expect(await staysAwake()).toBe(false);
});

test("what never comes keeps it awake for as long as was said, and is still waited for", async () => {
  const { promise, reject } = Promise.withResolvers<void>();
  const kept = keptAlive(promise, 20_000);
  expect(await staysAwake()).toBe(true);
  expect(await staysAwake()).toBe(false);
  reject(new RangeError("too late"));
  await expect(kept).rejects.toThrow("too late");
});

test("one that is over, by its end or by its limit, leaves others awake", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const kept = [keptAlive(promise), keptAlive(promise, 5_000), keptAlive(Promise.resolve(), 5_000)];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await staysAwake()).toBe(true);
  resolve();
  await Promise.all(kept);
  expect(await staysAwake()).toBe(false);
});
