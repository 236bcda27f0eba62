/**
 * The interceptor of the Chromium build. Chromium lets no extension pause or redirect a request on its answer, so the
 * page's own request is held by content scripts and repeated, while webRequest alone says what the network answered.
 */
import { browser } from "wxt/browser";
import { type Message, REPLAY_PORT } from "./conversation.ts";
import { Desk } from "./desk.ts";
import { headersByName } from "./headers.ts";
import type { InterceptHandlers, Interceptor, ResourceType } from "./interceptor.ts";
import { Replays } from "./replays.ts";
import { Sightings } from "./sightings.ts";

const EVERYTHING = { urls: ["<all_urls>"] };
/** Loaded by elements, across origins without CORS. */
const OPAQUE_TYPES: ("image" | "media" | "script" | "stylesheet")[] = ["image", "media", "script", "stylesheet"];
const OTHER_TYPES: ("main_frame" | "sub_frame" | "xmlhttprequest")[] = ["main_frame", "sub_frame", "xmlhttprequest"];
const ELEMENTS: ReadonlySet<string> = new Set(OPAQUE_TYPES);

type Events = typeof browser.webRequest;
type Details<E extends keyof Events> = Events[E] extends {
  addListener(callback: (details: infer D) => infer _, ...rest: never): void;
}
  ? D
  : never;

export function chromiumInterceptor(): Interceptor {
  return { start };
}

function start(handlers: InterceptHandlers): void {
  const sightings = new Sightings();
  const replays = new Replays(
    (paymentId, event) => handlers.replayed(paymentId, event),
    (on) => early || watch(on),
  );
  const desk = new Desk(sightings, replays, handlers);

  // What happens before the earlier life is taken up waits, in order; afterwards events are handled as they come.
  let early: (() => void)[] | undefined = [];
  const inOrder = (handle: () => void) => (early ? early.push(handle) : handle());
  const ready = replays
    .restore()
    .catch((error) => console.error("Tollpass could not take up its earlier payments:", error))
    .then(() => {
      const waiting = early ?? [];
      early = undefined;
      for (const handle of waiting) handle();
      watch(replays.underWay);
    });

  const onSendHeaders = (details: Details<"onSendHeaders">) => inOrder(() => replays.onSendHeaders(details));
  const onCompleted = (details: Details<"onCompleted">) => inOrder(() => replays.onCompleted(details.requestId));
  const onErrorOccurred = (details: Details<"onErrorOccurred">) =>
    inOrder(() => replays.onErrorOccurred(details.requestId, details.error));
  let watching = false;
  function watch(on: boolean): void {
    if (on === watching) return;
    watching = on;
    if (on) {
      browser.webRequest.onSendHeaders.addListener(onSendHeaders, EVERYTHING, ["requestHeaders"]);
      browser.webRequest.onCompleted.addListener(onCompleted, EVERYTHING);
      browser.webRequest.onErrorOccurred.addListener(onErrorOccurred, EVERYTHING);
    } else {
      browser.webRequest.onSendHeaders.removeListener(onSendHeaders);
      browser.webRequest.onCompleted.removeListener(onCompleted);
      browser.webRequest.onErrorOccurred.removeListener(onErrorOccurred);
    }
  }

  // On until it is known that an earlier life left nothing under way: its last events may be what woke this one.
  watch(true);

  const onHeadersReceived = (details: Details<"onHeadersReceived">): undefined => {
    inOrder(() => {
      const final = replays.onHeadersReceived(details);
      if (details.statusCode !== 402 || details.tabId < 0 || details.method === "OPTIONS") return;
      const { requestId, url, method, tabId, frameId, documentId } = details;
      const type = details.type as ResourceType;
      const isDocument = type === "main_frame" || type === "sub_frame";
      sightings.add({
        requestId,
        url,
        method,
        type,
        tabId,
        frameId,
        documentId: isDocument ? undefined : documentId,
        initiator: details.initiator,
        headers: headersByName(details.responseHeaders),
        final,
      });
      if (!final && ELEMENTS.has(type)) {
        const message: Message<"announcement"> = { say: "seen-402", url };
        // Nobody listens where no content script runs; then nothing is held and nothing is paid.
        browser.tabs.sendMessage(tabId, message, documentId ? { documentId } : { frameId }).catch(() => {});
      }
    });
  };
  // A cross-origin image that is answered with HTML or JSON is taken from its page before webRequest usually looks
  // (opaque response blocking); only "extraHeaders" shows it, which costs every request of these types a little.
  browser.webRequest.onHeadersReceived.addListener(onHeadersReceived, { ...EVERYTHING, types: OTHER_TYPES }, [
    "responseHeaders",
  ]);
  browser.webRequest.onHeadersReceived.addListener(onHeadersReceived, { ...EVERYTHING, types: OPAQUE_TYPES }, [
    "responseHeaders",
    "extraHeaders",
  ]);
  browser.runtime.onConnect.addListener((port) => {
    if (port.name === REPLAY_PORT) desk.serve(port, ready);
  });
  browser.tabs.onRemoved.addListener((tabId) => sightings.forgetTab(tabId));
  browser.webNavigation.onCommitted.addListener(({ tabId, frameId }) => {
    if (frameId === 0) handlers.navigated(tabId);
  });
}
