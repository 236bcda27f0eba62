/**
 * The background's end of the messages: accepts one only from a page of this extension, parses it with the table, and
 * answers with what the handler returns. Anything else is dropped without an answer.
 */
import { type Browser, browser } from "wxt/browser";
import { CHANGES_PORT } from "./client.ts";
import { MESSAGES, type MessageName, type ParsedRequest, type Reply, type Topic } from "./table.ts";

export type Handlers = { readonly [N in MessageName]: (request: ParsedRequest<N>) => Promise<Reply<N>> };

/**
 * Whether a message comes from a page of this extension itself; a content script or another extension does not. Browsers
 * that know the sender's origin tell it in `origin`: a sandboxed page has our url, but not our origin.
 */
export function isOwnPage(sender: Browser.runtime.MessageSender, self: { id: string; origin: string }): boolean {
  if (sender.id !== self.id) return false;
  if (sender.origin !== undefined && sender.origin !== self.origin) return false;
  // Compared as text: what the URL class calls the origin of an extension's page differs between browsers.
  return sender.url?.startsWith(`${self.origin}/`) ?? false;
}

function isMessageName(name: unknown): name is MessageName {
  return typeof name === "string" && Object.hasOwn(MESSAGES, name);
}

/** The request of a well-formed message, or undefined for anything else. */
export function parseMessage(message: unknown): { name: MessageName; request: unknown } | undefined {
  if (typeof message !== "object" || message === null || !("name" in message)) return undefined;
  const { name } = message;
  if (!isMessageName(name)) return undefined;
  const parsed = MESSAGES[name].request.safeParse("request" in message ? message.request : undefined);
  return parsed.success ? { name, request: parsed.data } : undefined;
}

/** Changes that come within so many milliseconds are announced once: hundreds of payments make no screen ask as often. */
const TOGETHER = 50;

/** Starts answering. Must be called in the first turn of the background. Returns how to announce a change. */
export function serve(handlers: Handlers): { announce(topic: Topic): void } {
  const self = { id: browser.runtime.id, origin: browser.runtime.getURL("/").replace(/\/$/, "") };
  const ports = new Set<Browser.runtime.Port>();

  browser.runtime.onMessage.addListener((message: unknown, sender, sendResponse) => {
    if (!isOwnPage(sender, self)) return undefined;
    const parsed = parseMessage(message);
    if (!parsed) return undefined;
    const handler = handlers[parsed.name] as (request: unknown) => Promise<unknown>;
    handler(parsed.request).then(sendResponse, (error: unknown) => {
      console.error(`Tollpass could not answer ${parsed.name}`, error);
      sendResponse({ problem: "internal" });
    });
    return true;
  });

  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== CHANGES_PORT || !port.sender || !isOwnPage(port.sender, self)) return;
    ports.add(port);
    port.onDisconnect.addListener(() => ports.delete(port));
    port.postMessage("hello");
  });

  const changed = new Set<Topic>();
  const flush = () => {
    for (const topic of changed) for (const port of ports) port.postMessage(topic);
    changed.clear();
  };
  return {
    announce(topic) {
      if (changed.size === 0) setTimeout(flush, TOGETHER);
      changed.add(topic);
    },
  };
}
