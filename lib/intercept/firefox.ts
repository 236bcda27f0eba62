/**
 * The interceptor of the Firefox build. Firefox lets an extension pause the answer and redirect the request to itself;
 * it keeps its id, method and body, and the payment is put into the second round. No script runs in any page.
 */
import { browser } from "wxt/browser";
import { addressBehind, Bays, looksMarked } from "./bays.ts";
import { pageMayRead } from "./cors.ts";
import { type Crowd, Crowds } from "./crowds.ts";
import type { AnswerDetails, BlockingResponse, Details, WebRequest } from "./firefoxEvents.ts";
import { carries, headersByName, type RawHeader } from "./headers.ts";
import type { Intercepted, InterceptHandlers, Interceptor, ResourceType } from "./interceptor.ts";
import { keptAlive } from "./keepAlive.ts";
import { originOf, withoutFragment } from "./origins.ts";

interface Paid {
  readonly paymentId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  stage: "decided" | "attached" | "sent" | "answered";
  /** Lets the event page sleep again: what it knows of this request is in its memory alone. */
  readonly over: () => void;
}

interface Waiting {
  readonly tabId: number;
  readonly aborted: AbortController;
  readonly decided: Promise<void>;
  /** Whether it was sent to wait in a bay. */
  parked: boolean;
}

interface Asked {
  readonly origin: string | undefined;
  readonly mode: string | undefined;
  readonly hasCookies: boolean;
  readonly speculative: boolean;
}

/** How long an answer is held in the event page, in milliseconds: other requests wait with it (see bays.ts). */
const MOMENT_MS = 150;
const EVERYTHING = { urls: ["<all_urls>"] };
const TYPES: Readonly<Record<string, ResourceType>> = {
  main_frame: "main_frame",
  sub_frame: "sub_frame",
  stylesheet: "stylesheet",
  script: "script",
  image: "image",
  imageset: "imageset",
  font: "font",
  object: "object",
  xmlhttprequest: "xmlhttprequest",
  ping: "ping",
  beacon: "ping",
  media: "media",
  other: "other",
};

export function firefoxInterceptor(): Interceptor {
  return { start };
}

function start(handlers: InterceptHandlers): void {
  const webRequest = browser.webRequest as unknown as WebRequest;
  const own = originOf(browser.runtime.getURL("/" as never));
  /** One life of the event page: request ids begin anew with the browser. */
  const life = crypto.randomUUID();
  const paid = new Map<string, Paid>();
  const waiting = new Map<string, Waiting>();
  /** Requests whose 402 is the page's: nothing is decided about them again. */
  const left = new Set<string>();
  const bays = new Bays();
  const crowds = new Crowds();
  /** Only requests with something to remember: cross-origin ones, speculative ones. */
  const asked = new Map<string, Asked>();

  /** A held request that its page gives up is reported only when it is let go, so tabs have to tell. */
  const leaveBehind = (tabId: number, except?: string) => {
    for (const [requestId, held] of waiting) if (held.tabId === tabId && requestId !== except) held.aborted.abort();
  };

  /** Asks for the verdict; when `decided` resolves, the request is in `paid` or in `left`. Never rejects. */
  const begin = (details: AnswerDetails, header: Intercepted["header"]): Waiting => {
    const { requestId, url, method, type, tabId, frameId } = details;
    const aborted = new AbortController();
    const verdict = handlers.decide({
      id: `${life}:${requestId}`,
      url: withoutFragment(url),
      method,
      type: TYPES[type] ?? "other",
      tabId,
      frameId,
      incognito: details.incognito ?? false,
      ...placeOf(details),
      header,
      signal: aborted.signal,
    });
    const decided = keptAlive(verdict).then((verdict) => {
      waiting.delete(requestId);
      if (verdict.kind === "leave") {
        left.add(requestId);
        return;
      }
      const { paymentId, headers } = verdict;
      if (aborted.signal.aborted) {
        left.add(requestId);
        handlers.replayed(paymentId, { kind: "lost", reason: "nobody waits for the answer any more", sent: false });
        return;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      void keptAlive(promise);
      paid.set(requestId, { paymentId, headers, url, stage: "decided", over: resolve });
    });
    const held: Waiting = { tabId, aborted, decided, parked: false };
    waiting.set(requestId, held);
    return held;
  };

  /** Holds a 402 where it is if nobody else waits for that; else for a moment, and longer in a bay. */
  const hold = async (held: Waiting, { requestId, url }: AnswerDetails, crowd: Crowd): Promise<BlockingResponse> => {
    const { decided, aborted } = held;
    if (held.parked) {
      // It made room for others until Firefox would follow no more redirects.
      aborted.abort();
    } else if (await crowd.hasOthers()) {
      await Promise.race([decided, new Promise((resolve) => setTimeout(resolve, MOMENT_MS))]);
      if (waiting.has(requestId)) {
        held.parked = true;
        // Without a bay it waits where it is.
        const bay = await bays.park({ requestId, url }, decided).catch(() => undefined);
        if (bay) return { redirectUrl: bay };
      }
    }
    await decided;
    return paid.has(requestId) ? { redirectUrl: url } : {};
  };

  webRequest.onBeforeSendHeaders.addListener(
    (details) => {
      crowds.join(details.requestId);
      // Perhaps the event page died while it waited in a bay, and that bay with it. What is redirected here goes out anew.
      if (looksMarked(details.url)) {
        return addressBehind(details.url).then((redirectUrl) => (redirectUrl === undefined ? {} : { redirectUrl }));
      }
      const headers = details.requestHeaders ?? [];
      remember(asked, details.requestId, headers);
      const payment = paid.get(details.requestId);
      if (payment?.stage !== "decided" || payment.url !== details.url) return undefined;
      payment.stage = "attached";
      const names = new Set(Object.keys(payment.headers).map((name) => name.toLowerCase()));
      const kept = headers.filter(({ name }) => !names.has(name.toLowerCase()));
      return {
        requestHeaders: [...kept, ...Object.entries(payment.headers).map(([name, value]) => ({ name, value }))],
      };
    },
    EVERYTHING,
    ["blocking", "requestHeaders"],
  );
  webRequest.onSendHeaders.addListener(
    (details) => {
      const payment = paid.get(details.requestId);
      if (payment?.stage !== "attached" || !carries(details.requestHeaders, payment.headers)) return;
      payment.stage = "sent";
      handlers.replayed(payment.paymentId, { kind: "sent" });
    },
    EVERYTHING,
    ["requestHeaders"],
  );
  webRequest.onHeadersReceived.addListener(
    (details) => {
      const { requestId, statusCode, url } = details;
      const crowd = crowds.join(requestId);
      if (details.type === "main_frame" && replacesDocument(details)) {
        leaveBehind(details.tabId, requestId);
        handlers.navigated(details.tabId);
      }
      const payment = paid.get(requestId);
      if (payment) {
        if (payment.stage !== "sent") return undefined;
        payment.stage = "answered";
        const headers = headersByName(details.responseHeaders);
        const header: Intercepted["header"] = (name) => headers.get(name.toLowerCase());
        handlers.replayed(payment.paymentId, { kind: "answered", status: statusCode, header });
        return undefined;
      }
      if (statusCode !== 402 || details.method === "OPTIONS" || !TYPES[details.type]) return undefined;
      if (left.has(requestId)) return undefined;
      const held = waiting.get(requestId);
      if (held) return hold(held, details, crowd);
      if (originOf(details.originUrl) === own || originOf(details.documentUrl) === own) return undefined;
      const request = asked.get(requestId);
      if (request?.speculative) return undefined;
      const headers = headersByName(details.responseHeaders);
      const header: Intercepted["header"] = (name) => headers.get(name.toLowerCase());
      const isDocument = details.type === "main_frame" || details.type === "sub_frame";
      if (request && !isDocument && !pageMayRead(url, request, header)) return undefined;
      return hold(begin(details, header), details, crowd);
    },
    EVERYTHING,
    ["blocking", "responseHeaders"],
  );
  browser.tabs.onRemoved.addListener((tabId) => leaveBehind(tabId));
  const over = (requestId: string): Paid | undefined => {
    waiting.get(requestId)?.aborted.abort();
    asked.delete(requestId);
    left.delete(requestId);
    bays.forget(requestId);
    const payment = paid.get(requestId);
    paid.delete(requestId);
    payment?.over();
    return payment;
  };
  webRequest.onCompleted.addListener(({ requestId }) => {
    const payment = over(requestId);
    if (!payment) return;
    if (payment.stage === "answered") handlers.replayed(payment.paymentId, { kind: "ended" });
    else handlers.replayed(payment.paymentId, lost("the browser answered without the network", payment));
  }, EVERYTHING);
  webRequest.onErrorOccurred.addListener(({ requestId, error }) => {
    // A page that asked for no redirect (`redirect: "manual"` or "error") ends here: the payment never left.
    const payment = over(requestId);
    if (payment) handlers.replayed(payment.paymentId, lost(error, payment));
  }, EVERYTHING);
}

/** Whether this answer to a navigation puts a new document into the tab; of a 402 that is not known yet. */
function replacesDocument({ statusCode, responseHeaders }: AnswerDetails): boolean {
  if (statusCode === 402 || statusCode === 204 || statusCode === 205 || (statusCode >= 300 && statusCode < 400))
    return false;
  return !headersByName(responseHeaders).get("content-disposition")?.trim().toLowerCase().startsWith("attachment");
}

function lost(reason: string, { stage }: Paid) {
  return { kind: "lost" as const, reason, sent: stage === "sent" || stage === "answered" };
}

function remember(asked: Map<string, Asked>, requestId: string, headers: readonly RawHeader[]): void {
  let origin: string | undefined;
  let mode: string | undefined;
  let hasCookies = false;
  let speculative = false;
  for (const { name, value } of headers) {
    switch (name.toLowerCase()) {
      case "origin":
        origin = value;
        break;
      case "sec-fetch-mode":
        mode = value;
        break;
      case "cookie":
        hasCookies = true;
        break;
      case "sec-purpose":
      case "x-moz":
        speculative ||= value?.startsWith("prefetch") ?? false;
    }
  }
  if (origin !== undefined || speculative) asked.set(requestId, { origin, mode, hasCookies, speculative });
}

/** The site that the person sees and the frames in between; of the initiator for a request without a tab. */
function placeOf(details: Details): Pick<Intercepted, "site" | "frameOrigins"> {
  const ancestors = (details.frameAncestors ?? []).map(({ url }) => originOf(url));
  const isDocument = details.type === "main_frame" || details.type === "sub_frame";
  const own = originOf(isDocument ? details.url : (details.documentUrl ?? details.originUrl));
  const frameOrigins = [own, ...ancestors];
  return { site: frameOrigins.at(-1) ?? own, frameOrigins };
}
