/**
 * The page world's end of the bridge. It shares its world with the page, so it takes what it needs of the language
 * before the page runs, and it knows nothing that the page could not know: which of its own requests waits.
 */
import { type Message, PAGE_IS_READY, type Ruled, TAKE_PORT } from "./conversation.ts";

type PageQuestion = Omit<Message<"page", "ask">, "say" | "call">;

export interface PageBridge {
  /** Resolves with the ruling; `cancel` gives the question up, it is then never answered. */
  ask(question: PageQuestion): { readonly ruled: Promise<Ruled>; readonly cancel: () => void };
  finished(number: number): void;
}

/** Takes up the bridge. To be called in the script's first turn at document_start. */
export function awaitBridge(): PageBridge {
  const { apply } = Reflect;
  const { postMessage } = MessagePort.prototype;
  const { get, set, delete: remove } = Map.prototype;
  const NativePromise = Promise;
  const resolvers = new Map<number, (ruled: Ruled) => void>();
  let port: MessagePort | undefined;
  let calls = 0;

  const say = (message: Message<"page">) => {
    if (port) apply(postMessage, port, [message]);
  };
  const take = (event: Event) => {
    port = (event as MessageEvent).ports[0];
    if (!port) return;
    port.onmessage = ({ data }: MessageEvent<Message<"isolated">>) => {
      const { call, ruling, number } = data;
      const resolve = apply(get, resolvers, [call]) as ((ruled: Ruled) => void) | undefined;
      apply(remove, resolvers, [call]);
      resolve?.({ ruling, number });
    };
  };
  window.addEventListener(TAKE_PORT, take, { once: true });
  window.dispatchEvent(new Event(PAGE_IS_READY));

  return {
    ask(question) {
      const call = ++calls;
      const ruled = new NativePromise<Ruled>((resolve) => {
        // Without the other end (an older extension's script) nobody can pay: the page gets its 402.
        if (!port) resolve({ ruling: "leave", number: 0 });
        else apply(set, resolvers, [call, resolve]);
      });
      const { url, method, certain, after, again } = question;
      say({ say: "ask", call, url, method, certain, after, again });
      return {
        ruled,
        cancel: () => {
          apply(remove, resolvers, [call]);
          say({ say: "cancel", call });
        },
      };
    },
    finished: (number) => say({ say: "finished", number }),
  };
}
