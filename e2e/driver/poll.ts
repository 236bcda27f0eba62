/** Waiting for something that only asking can tell. */
import { setTimeout as pause } from "node:timers/promises";

/** Asks until the answer is truthy. Throws, naming what it waited for and the last failure, when the time is over. */
export async function poll<T>(what: string, ask: () => Promise<T>, timeoutMs: number): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`Gave up after ${timeoutMs} ms waiting for ${what}`, { cause: last });
    await pause(20);
  }
}
