/**
 * The screens' end of the messages. A background that does not answer is asked again while it restarts, and in the end
 * the caller gets a typed error instead of a screen that hangs.
 */
import { browser } from "wxt/browser";
import { MESSAGES, type MessageName, type Reply, type Request, type Topic, topicSchema } from "./table.ts";

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

/** Name of the port over which topics of changes arrive. */
export const CHANGES_PORT = "changes";

/**
 * Calls `changed` for every topic that the background announces, and `connected` with false while the background is
 * gone and true once it answers again. Returns a function that ends it.
 */
export function watchChanges(changed: (topic: Topic) => void, connected: (alive: boolean) => void): () => void {
  let ended = false;
  let port: ReturnType<typeof browser.runtime.connect> | undefined;
  const connect = () => {
    if (ended) return;
    port = browser.runtime.connect({ name: CHANGES_PORT });
    port.onMessage.addListener((message: unknown) => {
      if (message === "hello") return connected(true);
      const topic = topicSchema.safeParse(message);
      if (topic.success) changed(topic.data);
    });
    port.onDisconnect.addListener(() => {
      connected(false);
      setTimeout(connect, 250);
    });
  };
  connect();
  return () => {
    ended = true;
    port?.disconnect();
  };
}
