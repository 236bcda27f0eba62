/**
 * The isolated world's end of the bridge to the page world. The two meet once, before the page's first script runs, and
 * from then on speak over a MessagePort that only they hold.
 */
import { type Message, PAGE_IS_READY, type Ruled, read, TAKE_PORT } from "./conversation.ts";
import type { ReplayPort } from "./replayPort.ts";

/** Offers the bridge to the page world, whichever of the two scripts starts first. */
export function offerBridge(background: ReplayPort): void {
  const { port1, port2 } = new MessageChannel();
  const calls = new Map<number, AbortController>();
  const reply = (call: number, { ruling, number }: Ruled) => {
    const message: Message<"isolated"> = { say: "ruled", call, ruling, number };
    port1.postMessage(message);
  };
  port1.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = read("page", data);
    if (!message) {
      // Who asks for what cannot be asked for gets its 402, and does not wait for ever.
      const refused = read("page", { say: "cancel", call: (data as { call?: unknown } | null)?.call });
      if (refused?.say === "cancel") reply(refused.call, { ruling: "leave", number: 0 });
      return;
    }
    switch (message.say) {
      case "ask": {
        const { call, url, method, certain, after, again } = message;
        const cancelled = new AbortController();
        calls.set(call, cancelled);
        void background.ask({ kind: "request", url, method, certain, after, again }, cancelled.signal).then((ruled) => {
          calls.delete(call);
          reply(call, ruled);
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
