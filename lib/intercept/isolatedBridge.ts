/**
 * The isolated world's end of the bridge to the page world. The two meet once, before the page's first script runs, and
 * from then on speak over a MessagePort that only they hold.
 */
import { PAGE_IS_READY, type PageMessage, type PageReply, TAKE_PORT } from "./conversation.ts";
import type { ReplayPort } from "./replayPort.ts";

/** Offers the bridge to the page world, whichever of the two scripts starts first. */
export function offerBridge(background: ReplayPort): void {
  const { port1, port2 } = new MessageChannel();
  const calls = new Map<number, AbortController>();
  port1.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = readPageMessage(data);
    if (!message) return;
    switch (message.say) {
      case "ask": {
        const { call, url, method, certain, after, again } = message;
        const cancelled = new AbortController();
        calls.set(call, cancelled);
        void background
          .ask({ kind: "request", url, method, certain, after, again }, cancelled.signal)
          .then(({ ruling, number }) => {
            calls.delete(call);
            const reply: PageReply = { call, ruling, number };
            port1.postMessage(reply);
          });
        return;
      }
      case "cancel":
        calls.get(message.call)?.abort();
        return;
      case "finished":
        background.finished(message.number);
    }
  };
  const offer = () => window.dispatchEvent(new MessageEvent(TAKE_PORT, { ports: [port2] }));
  window.addEventListener(PAGE_IS_READY, offer, { once: true });
  offer();
}

/** The page shares its world with the sender: only plain values of the right type pass. */
function readPageMessage(data: unknown): PageMessage | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { say, call, url, method, certain, after, again, number } = data as Record<string, unknown>;
  if (say === "finished") return typeof number === "number" ? { say, number } : undefined;
  if (typeof call !== "number") return undefined;
  if (say === "cancel") return { say, call };
  if (say !== "ask" || typeof url !== "string") return undefined;
  return {
    say,
    call,
    url,
    method: typeof method === "string" ? method : undefined,
    certain: certain === true,
    after: typeof after === "number" ? after : undefined,
    again: typeof again === "number" ? again : undefined,
  };
}
