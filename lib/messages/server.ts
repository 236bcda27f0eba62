/**
 * The background's end of the messages: accepts one only from a screen that may send it, parses it with the table, and
 * answers with what the handler returns, if that has the shape that the table says. Anything else is dropped without an
 * answer.
 */
import { type Browser, browser } from "wxt/browser";
import {
  CHANGES,
  MESSAGES,
  type MessageName,
  maySend,
  type ParsedRequest,
  type Problem,
  problemSchema,
  type Reply,
  SCREENS,
  type Screen,
  type Topic,
} from "./table.ts";

export type Handlers = { readonly [N in MessageName]: (request: ParsedRequest<N>) => Promise<Reply<N>> };

type MessageSender = Browser.runtime.MessageSender;
type Port = Browser.runtime.Port;

/** What the browser calls this extension: its id, and the origin of its pages without a slash at the end. */
export interface Self {
  readonly id: string;
  readonly origin: string;
}

/** The answer to a message that could not be answered as the table says: that is a fault of the wallet. */
export const INTERNAL = { problem: "internal" } as const satisfies Problem;

/**
 * The screen that a message comes from; undefined for anybody else: a content script, another extension, a frame of
 * whatever page, a document of the extension that is no screen. Browsers that know the sender's origin tell it in
 * `origin`: a sandboxed page has our url, but not our origin.
 */
export function screenOf(sender: MessageSender | undefined, self: Self): Screen | undefined {
  if (sender?.id !== self.id || (sender.origin !== undefined && sender.origin !== self.origin)) return undefined;
  // A screen is what the person looks at, never something inside another page. Popups have no frame number in Chromium.
  if (sender.frameId !== undefined && sender.frameId !== 0) return undefined;
  // Compared as text: what the URL class calls the origin of an extension's page differs between browsers.
  if (!sender.url?.startsWith(`${self.origin}/`)) return undefined;
  const path = sender.url.slice(self.origin.length).replace(/[?#].*$/s, "");
  return Object.hasOwn(SCREENS, path) ? SCREENS[path as keyof typeof SCREENS] : undefined;
}

function isMessageName(name: unknown): name is MessageName {
  return typeof name === "string" && Object.hasOwn(MESSAGES, name);
}

export interface Parsed {
  readonly name: MessageName;
  readonly request: unknown;
}

/** The request of a well-formed message, or undefined for anything else. */
export function parseMessage(message: unknown): Parsed | undefined {
  if (typeof message !== "object" || message === null || !("name" in message)) return undefined;
  const { name } = message;
  if (!isMessageName(name)) return undefined;
  const parsed = MESSAGES[name].request.safeParse("request" in message ? message.request : undefined);
  return parsed.success ? { name, request: parsed.data } : undefined;
}

/** What the handler says to a parsed message, in the shape of the table; INTERNAL if it says something else. Never rejects. */
async function answerTo(handlers: Handlers, { name, request }: Parsed): Promise<unknown> {
  try {
    const handler = handlers[name] as (request: unknown) => Promise<unknown>;
    const reply = await handler(request);
    const parsed = MESSAGES[name].reply.safeParse(reply);
    if (parsed.success) return parsed.data;
    // While the wallet cannot be opened every message is answered with why.
    const problem = problemSchema.safeParse(reply);
    if (problem.success) return problem.data;
    console.error(`Tollpass answered ${name} with something that is no reply to it`, parsed.error);
  } catch (error) {
    console.error(`Tollpass could not answer ${name}`, error);
  }
  return INTERNAL;
}

/**
 * The listener for `runtime.onMessage`. Returns true, and later calls `sendResponse` once, for a message of the table
 * from a screen that may send it; undefined for anything else, which is never answered. Never throws.
 */
export function messageListener(handlers: Handlers, self: Self) {
  return (message: unknown, sender: MessageSender, sendResponse: (answer: unknown) => void): true | undefined => {
    const screen = screenOf(sender, self);
    const parsed = screen && parseMessage(message);
    if (!parsed || !maySend(MESSAGES[parsed.name].from, screen)) return undefined;
    void answerTo(handlers, parsed).then(sendResponse);
    return true;
  };
}

/** Changes that come within so many milliseconds are announced once: hundreds of payments make no screen ask as often. */
const TOGETHER = 50;

/** The open screens. Tells each what has changed. */
export class Announcer {
  readonly #self: Self;
  readonly #ports = new Set<Port>();
  readonly #changed = new Set<Topic>();

  constructor(self: Self) {
    this.#self = self;
  }

  /** The listener for `runtime.onConnect`: greets screens, ignores everybody else. Never throws. */
  connect(port: Port): void {
    const screen = port.name === CHANGES.port ? screenOf(port.sender, this.#self) : undefined;
    if (!screen || !maySend(CHANGES.from, screen)) return;
    this.#ports.add(port);
    port.onDisconnect.addListener(() => this.#ports.delete(port));
    this.#say(port, "hello");
  }

  announce(topic: Topic): void {
    if (this.#changed.size === 0) setTimeout(() => this.#flush(), TOGETHER);
    this.#changed.add(topic);
  }

  #flush(): void {
    const topics = [...this.#changed];
    this.#changed.clear();
    for (const topic of topics) for (const port of [...this.#ports]) this.#say(port, topic);
  }

  #say(port: Port, word: "hello" | Topic): void {
    try {
      port.postMessage(word);
    } catch {
      // The screen has just closed.
      this.#ports.delete(port);
    }
  }
}

/** Starts answering. Must be called in the first turn of the background. Returns how to announce a change. */
export function serve(handlers: Handlers): { announce(topic: Topic): void } {
  const self = { id: browser.runtime.id, origin: browser.runtime.getURL("/").replace(/\/$/, "") };
  const announcer = new Announcer(self);
  browser.runtime.onMessage.addListener(messageListener(handlers, self));
  browser.runtime.onConnect.addListener((port) => announcer.connect(port));
  return { announce: (topic) => announcer.announce(topic) };
}
