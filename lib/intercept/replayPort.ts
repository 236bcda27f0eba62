/**
 * A frame's line to the background, opened with its first question. When the background dies, the line is opened again
 * and every open question is asked again under its own number.
 */
import { browser } from "wxt/browser";
import { type Message, type Question, REPLAY_PORT, type Resumed, type Ruled, read } from "./conversation.ts";

interface Open {
  question: Question;
  readonly resolve: (ruled: Ruled) => void;
}

type Port = ReturnType<typeof browser.runtime.connect>;

/** How often it is looked whether the extension is still there, while a question is open, in milliseconds. */
const LOOK_MS = 500;
/** A background that dies this often over the same questions will not answer them. */
const RECONNECTS = 20;

export class ReplayPort {
  #port: Port | undefined;
  #number = 0;
  #reconnects = 0;
  #looking: ReturnType<typeof setInterval> | undefined;
  readonly #open = new Map<number, Open>();
  /** Numbers that may be asked again. */
  readonly #repeated = new Set<number>();

  /** Asks, and resolves with the ruling; `leave` if the extension is gone. Never rejects. */
  ask({ again, ...question }: Question & Resumed, signal?: AbortSignal): Promise<Ruled> {
    const number = again !== undefined && this.#repeated.delete(again) ? again : ++this.#number;
    const { promise, resolve } = Promise.withResolvers<Ruled>();
    this.#open.set(number, { question, resolve });
    this.#look();
    signal?.addEventListener("abort", () => {
      if (this.#open.delete(number)) this.#say({ say: "cancel", number });
      this.#look();
      resolve({ number, ruling: "leave" });
    });
    this.#say({ say: "ask", number, ...question });
    return promise;
  }

  /** To be told after every `go`: the repeated request has its answer, or has failed. */
  finished(number: number): void {
    if (this.#port) this.#say({ say: "finished", number });
  }

  #say(message: Message<"frame">): void {
    try {
      this.#connected().postMessage(message);
    } catch {
      this.#gone();
    }
  }

  /** The extension was updated or removed: nobody will ever answer. */
  #gone(): void {
    this.#port = undefined;
    for (const number of [...this.#open.keys()]) this.#settle(number, "leave");
  }

  /** Looks while somebody waits: Chromium ends the ports of an extension that it replaces without a word to its frames. */
  #look(): void {
    if (this.#open.size === 0) {
      clearInterval(this.#looking);
      this.#looking = undefined;
      return;
    }
    this.#looking ??= setInterval(() => {
      if (browser.runtime?.id === undefined) this.#gone();
    }, LOOK_MS);
  }

  #connected(): Port {
    if (this.#port) return this.#port;
    const port = browser.runtime.connect({ name: REPLAY_PORT });
    port.onMessage.addListener((data: unknown) => {
      const message = read("background", data);
      const open = message && this.#open.get(message.number);
      if (!open) return;
      if (message.say === "held") open.question = { ...open.question, certain: true };
      else this.#settle(message.number, message.ruling);
    });
    port.onDisconnect.addListener(() => {
      // Reading it tells the browser that the loss was noticed.
      void browser.runtime.lastError;
      if (this.#port !== port) return;
      this.#port = undefined;
      this.#reconnects += 1;
      for (const [number, { question }] of [...this.#open]) {
        if (this.#reconnects > RECONNECTS) this.#settle(number, "leave");
        else this.#say({ say: "ask", number, ...question });
      }
    });
    this.#port = port;
    return port;
  }

  #settle(number: number, ruling: Ruled["ruling"]): void {
    const open = this.#open.get(number);
    if (!open) return;
    this.#open.delete(number);
    this.#look();
    if (ruling === "repeat") this.#repeated.add(number);
    if (this.#open.size === 0) this.#reconnects = 0;
    open.resolve({ number, ruling });
  }
}
