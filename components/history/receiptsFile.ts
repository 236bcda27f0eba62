/** The file with all payments and their receipts, joined from the pages that the background sends. */
import type { Reply, Request } from "#messages";

/** Payments in one message: about a megabyte. */
const PAGE = 500;
/** How often a page is asked for that does not come, because the background may have ended: the next message starts it. */
const TRIES = 4;

type Page = Reply<"history.export">;

/** The background did not answer, however often it was asked: there is no file. */
export class UnfinishedError extends Error {
  override readonly name = "UnfinishedError";
}

export interface ReceiptsFileOptions {
  /** Asks the background for one page; rejects where it does not answer. */
  readonly ask: (request: Request<"history.export">) => Promise<Page>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** Hears after each page but the last how many payments there are, and of how many at most. */
  readonly told: (done: number, all: number) => void;
  readonly limit?: number;
}

/**
 * The parts of a JSON text `{ exportedAt, payments }`, newest first: every payment that was there when it began, once,
 * each as it was when its page was read; what is paid meanwhile is left out. Rejects with UnfinishedError if a page does
 * not come, and with the signal's reason once that is aborted.
 */
export async function receiptsFile({
  ask,
  now,
  signal,
  told,
  limit = PAGE,
}: ReceiptsFileOptions): Promise<readonly string[]> {
  const parts = [`{\n  "exportedAt": ${JSON.stringify(new Date(now).toISOString())},\n  "payments": [`];
  let done = 0;
  let before: number | undefined;
  do {
    const page = await asked(ask, { limit, ...(before === undefined ? {} : { before }) });
    signal.throwIfAborted();
    for (const payment of page.payments) {
      parts.push(`${done === 0 ? "" : ","}\n    ${JSON.stringify(payment)}`);
      done += 1;
    }
    before = page.next;
    if (before !== undefined) told(done, done + before - 1);
  } while (before !== undefined);
  parts.push(`${done === 0 ? "" : "\n  "}]\n}\n`);
  return parts;
}

async function asked(ask: ReceiptsFileOptions["ask"], request: Request<"history.export">): Promise<Page> {
  let cause: unknown;
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      return await ask(request);
    } catch (error) {
      cause = error;
    }
  }
  throw new UnfinishedError("a page of the history did not come", { cause });
}
