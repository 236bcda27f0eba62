/**
 * The screens' end of the messages. A background that does not answer is asked again while it restarts, and in the end
 * the caller gets a typed error instead of a screen that hangs.
 */
import { browser } from "wxt/browser";
import { CHANGES, MESSAGES, type MessageName, type Reply, type Request, type Topic } from "./table.ts";

/** The background did not answer in time or answered with something that is no reply. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

/** Sends one message and parses its reply. Rejects with UnansweredError after `timeout` milliseconds. */
export async function ask<N extends MessageName>(
  name: N,
  request: Request<N>,
  { timeout = 10_000 }: { timeout?: number } = {},
): Promise<Reply<N>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new UnansweredError(`${name} was not answered`)), timeout);
  });
  try {
    const reply = await Promise.race([browser.runtime.sendMessage({ name, request }), late]);
    const parsed = MESSAGES[name].reply.safeParse(reply);
    if (!parsed.success) throw new UnansweredError(`${name} was not understood`);
    return parsed.data as Reply<N>;
  } catch (error) {
    if (error instanceof UnansweredError) throw error;
    throw new UnansweredError(`${name}: the background is restarting`);
  } finally {
    clearTimeout(timer);
  }
}

/** A background that has not said hello after so many milliseconds is not there: the line is opened anew. */
const HELLO_WITHIN_MS = 3_000;
const CONNECT_AGAIN_MS = 250;

/**
 * Calls `changed` for every topic that the background announces, and `connected` with false while the background is
 * gone (or does not say hello) and true once it answers again. Returns a function that ends it.
 */
export function watchChanges(
  changed: (topic: Topic) => void,
  connected: (alive: boolean) => void,
  runtime: Pick<typeof browser.runtime, "connect"> = browser.runtime,
): () => void {
  let hangUp = () => {};
  const connect = () => {
    let over = false;
    let port: ReturnType<typeof runtime.connect> | undefined;
    const lost = () => {
      if (over) return;
      hangUp();
      connected(false);
      const again = setTimeout(connect, CONNECT_AGAIN_MS);
      hangUp = () => clearTimeout(again);
    };
    const patience = setTimeout(lost, HELLO_WITHIN_MS);
    hangUp = () => {
      over = true;
      clearTimeout(patience);
      port?.disconnect();
    };
    try {
      port = runtime.connect({ name: CHANGES.port });
    } catch {
      // The extension was updated under this page, which is about to go.
      return lost();
    }
    port.onDisconnect.addListener(() => {
      port = undefined;
      lost();
    });
    port.onMessage.addListener((message: unknown) => {
      const word = CHANGES.says.safeParse(message);
      if (over || !word.success) return;
      if (word.data !== "hello") return changed(word.data);
      clearTimeout(patience);
      connected(true);
    });
  };
  connect();
  return () => hangUp();
}
