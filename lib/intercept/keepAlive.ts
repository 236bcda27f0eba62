/**
 * Keeps the background awake while something is waited for: both browsers end an idle background after 30 s, a pending
 * promise does not count as activity, a call of an extension API does.
 */
import { browser } from "wxt/browser";

const INTERVAL_MS = 10_000;
let waiting = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/**
 * Awaits the promise and keeps the background alive until it settles, or until `atMost` milliseconds have passed: what is
 * waited for longer may be lost with the background. Resolves and rejects as the promise does.
 */
export async function keptAlive<T>(promise: Promise<T>, atMost = Number.POSITIVE_INFINITY): Promise<T> {
  waiting += 1;
  timer ??= setInterval(() => void browser.runtime.getPlatformInfo(), INTERVAL_MS);
  let awake = true;
  const rest = () => {
    if (awake) waiting -= 1;
    awake = false;
    if (waiting > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const limit = Number.isFinite(atMost) ? setTimeout(rest, atMost) : undefined;
  try {
    return await promise;
  } finally {
    clearTimeout(limit);
    rest();
  }
}
