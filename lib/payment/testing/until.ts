/** Waiting for something that only asking can tell, outside of a test runner. */
import { setTimeout as pause } from "node:timers/promises";

/** Asks until the answer is `undefined`: what is still missing, in words. Returns the last one when the time is over. */
export async function missingAfter(
  milliseconds: number,
  ask: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const missing = await ask();
    if (missing === undefined || Date.now() > end) return missing;
    await pause(10);
  }
}
