/**
 * Keeps the background awake while somebody waits for a decision: both browsers end an idle background after 30 s, a
 * pending promise does not count as activity, a call of an extension API does.
 */
import { browser } from "wxt/browser";

const INTERVAL_MS = 10_000;
let waiting = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Awaits the promise and keeps the background alive until it settles. */
export async function keptAlive<T>(promise: Promise<T>): Promise<T> {
  waiting += 1;
  timer ??= setInterval(() => void browser.runtime.getPlatformInfo(), INTERVAL_MS);
  try {
    return await promise;
  } finally {
    waiting -= 1;
    if (waiting === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }
}
