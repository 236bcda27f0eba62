/**
 * Holds images, media, style sheets and scripts whose load was answered with a 402: keeps the element's error event from
 * the page while the wallet decides, then loads it again, or gives the event back.
 */
import { browser } from "wxt/browser";
import { read } from "./conversation.ts";
import { withoutFragment } from "./origins.ts";
import type { ReplayPort } from "./replayPort.ts";

type Loading = HTMLImageElement | HTMLMediaElement | HTMLLinkElement | HTMLScriptElement | HTMLInputElement;

interface Held {
  /** Elements that met the 402, each with how to give the page the event that it has not seen. */
  readonly met: Map<Loading, () => void>;
  /** The background announced the 402 after it had been asked: it may have ruled before it saw it. */
  announced: boolean;
}

/** What to say when an element that loads again has its file, or has failed again. */
type Finish = () => void;

/** To be called at document_start in the isolated world. */
export function holdElements(background: ReplayPort): void {
  /** By URL without fragment: one question for all elements that wait for the same file. */
  const held = new Map<string, Held>();
  /** URLs that the background saw a 402 for, until an element of this document turns out to be waiting for it. */
  const seen = new Set<string>();
  /** URLs that were loaded again unpaid because the background had forgotten their 402, with the question's number. */
  const repeated = new Map<string, number>();
  /** URLs that were loaded again with a payment, with the question's number. */
  const paid = new Map<string, number>();
  /** When the wallet last refused a URL, by the clock of the document. */
  const refused = new Map<string, number>();
  /** Elements whose last event the page has seen, with their URL: it may have been a 402 that nobody knew of yet. */
  const unsure = new WeakMap<Loading, string>();
  const loading = new WeakMap<Loading, Finish>();
  /** When the wallet last loaded an element again, by the clock of the document. */
  const again = new WeakMap<Loading, number>();
  /** The script that the page knows, by the copy that stands in for it. */
  const originals = new WeakMap<Loading, HTMLScriptElement>();

  const meet = (event: Event) => {
    // Events that scripts make, ours included, are no loads.
    const element = event.isTrusted ? loadingElement(event.target) : undefined;
    if (!element) return;
    loading.get(element)?.();
    const url = urlOf(element, event.target);
    // Only a picture loads although it was answered with a 402.
    if (!url || (event.type === "load" && !(element instanceof HTMLImageElement))) return;
    unsure.delete(element);
    const last = lastLoad(url, again.get(element));
    // It began before the wallet refused this file to the whole document, and only its event comes after.
    if (last && last.startTime < (refused.get(url) ?? 0)) return;
    // Only cross-origin answers without CORS keep their status secret (0): the background knows. It cannot tell of a 402
    // that the preload scanner met before this script was here.
    const status = last?.responseStatus ?? 0;
    const certain = status === 402 || seen.has(url);
    if (!certain && (event.type === "load" || status !== 0)) {
      if (status === 0) unsure.set(element, url);
      return;
    }
    // Another element met the 402, this one has its file.
    if (event.type === "load" && status !== 0 && status !== 402) return;
    event.stopImmediatePropagation();
    const original = originals.get(element);
    if (original) element.remove();
    const { type } = event;
    const target = original ?? (event.target as EventTarget);
    hold(url, certain).met.set(original ?? element, () => target.dispatchEvent(new Event(type)));
  };
  window.addEventListener("error", meet, true);
  // A 402 whose body is a picture loads like any picture. The load of an element is told to its document at most.
  document.addEventListener("load", meet, true);
  browser.runtime.onMessage.addListener((data: unknown, sender) => {
    const message = sender.id === browser.runtime.id && !sender.tab ? read("announcement", data) : undefined;
    if (!message) return;
    const url = withoutFragment(message.url);
    seen.add(url);
    const asking = held.get(url);
    if (asking) asking.announced = true;
    // A 402 is announced before its body has come. Who is still at it asks with its event: loaded again now, it could
    // share the request that has no payment; refused now, it would ask again when its event comes.
    if (waiting(url).some((element) => unsure.get(element) === url)) hold(url, false);
  });

  function hold(url: string, certain: boolean): Held {
    const known = held.get(url);
    if (known) return known;
    const entry: Held = { met: new Map(), announced: false };
    held.set(url, entry);
    const resumed = repeated.get(url);
    void background
      .ask({ kind: "element", url, certain: certain && resumed === undefined, again: resumed, after: paid.get(url) })
      .then(({ ruling, number }) => {
        held.delete(url);
        seen.delete(url);
        if (ruling === "repeat") repeated.set(url, number);
        else repeated.delete(url);
        if (ruling === "go") paid.set(url, number);
        if (ruling === "leave" && !certain && entry.announced) {
          const { met } = hold(url, false);
          for (const [element, giveBack] of entry.met) met.set(element, giveBack);
          return;
        }
        if (ruling === "leave") {
          if (certain) refused.set(url, performance.now());
          for (const [element, giveBack] of entry.met) {
            if (!certain) unsure.set(element, url);
            giveBack();
          }
          return;
        }
        const finish = () => background.finished(number);
        const elements = new Set([...entry.met.keys(), ...waiting(url)]);
        for (const element of elements) {
          const loads = element instanceof HTMLScriptElement ? copyOf(element) : element;
          if (loads instanceof HTMLScriptElement)
            originals.set(loads, originals.get(element) ?? (element as HTMLScriptElement));
          unsure.delete(element);
          loading.set(loads, finish);
          again.set(loads, performance.now());
          loads.addEventListener("load", finish, { once: true });
          loads.addEventListener("loadeddata", finish, { once: true });
          loadAgain(element, loads, url);
        }
        if (elements.size === 0) finish();
      });
    return entry;
  }
}

/** The last load of that URL that has ended; undefined if the document has no account of one since then (or not yet). */
function lastLoad(url: string, since = 0): PerformanceResourceTiming | undefined {
  const last = (performance.getEntriesByName(url, "resource") as PerformanceResourceTiming[]).at(-1);
  return last && last.startTime >= since ? last : undefined;
}

function loadingElement(target: EventTarget | null): Loading | undefined {
  if (target instanceof HTMLSourceElement)
    return target.parentElement instanceof HTMLMediaElement ? target.parentElement : undefined;
  if (
    target instanceof HTMLImageElement ||
    target instanceof HTMLMediaElement ||
    target instanceof HTMLLinkElement ||
    target instanceof HTMLScriptElement ||
    target instanceof HTMLInputElement
  )
    return target;
  return undefined;
}

/** The http URL that the element loads, without its fragment. */
function urlOf(element: Loading, target: EventTarget | null = element): string | undefined {
  const url =
    target instanceof HTMLSourceElement
      ? target.src
      : element instanceof HTMLLinkElement
        ? element.href
        : element instanceof HTMLImageElement || element instanceof HTMLMediaElement
          ? element.currentSrc || element.src
          : element.src;
  return /^https?:/.test(url) ? withoutFragment(url) : undefined;
}

/** Elements of the document that load that URL. */
function waiting(url: string): Loading[] {
  const all = document.querySelectorAll<Loading | HTMLSourceElement>(
    "img, video, audio, source, link[rel~=stylesheet], script[src], input[type=image]",
  );
  const found = new Set<Loading>();
  for (const candidate of all) {
    const element = loadingElement(candidate);
    if (element && urlOf(element, candidate) === url) found.add(element);
  }
  return [...found];
}

/** A script that has failed never loads again: this copy takes its place, and its `load` is passed on to the original. */
function copyOf(script: HTMLScriptElement): HTMLScriptElement {
  const copy = document.createElement("script");
  for (const { name, value } of script.attributes) if (!/^on/i.test(name)) copy.setAttribute(name, value);
  copy.nonce = script.nonce;
  copy.addEventListener("load", () => script.dispatchEvent(new Event("load")), { once: true });
  return copy;
}

/** Makes the element request its file again; a script has its copy put behind it. */
function loadAgain(element: Loading, loads: Loading, url: string): void {
  if (loads !== element) element.after(loads);
  else if (element instanceof HTMLMediaElement) element.load();
  else if (element instanceof HTMLLinkElement) element.href = url;
  else if (element instanceof HTMLImageElement && element.srcset) {
    const { srcset } = element;
    element.srcset = srcset;
  } else if (!(element instanceof HTMLScriptElement)) {
    const { src } = element;
    element.src = src;
  }
}
