/**
 * Holds images, media, style sheets and scripts whose load was answered with a 402: keeps the element's error event from
 * the page while the wallet decides, then loads it again, or gives the event back.
 */
import { browser } from "wxt/browser";
import type { SeenMessage } from "./conversation.ts";
import { withoutFragment } from "./origins.ts";
import type { ReplayPort } from "./replayPort.ts";

type Loading = HTMLImageElement | HTMLMediaElement | HTMLLinkElement | HTMLScriptElement | HTMLInputElement;

interface Held {
  /** Elements that failed, each with the event that the page did not see. */
  readonly failed: Map<Loading, EventTarget>;
}

/** What to say when an element that loads again has its file, or has failed again. */
type Finish = () => void;

/** To be called at document_start in the isolated world. */
export function holdElements(background: ReplayPort): void {
  /** By URL without fragment: one question for all elements that wait for the same file. */
  const held = new Map<string, Held>();
  /** URLs that the background saw a 402 for, until an element of this document turns out to be waiting for it. */
  const seen = new Set<string>();
  const loading = new WeakMap<Loading, Finish>();
  /** The script that the page knows, by the copy that stands in for it. */
  const originals = new WeakMap<Loading, HTMLScriptElement>();

  window.addEventListener(
    "error",
    (event) => {
      const element = loadingElement(event.target);
      if (!element) return;
      loading.get(element)?.();
      const url = urlOf(element, event.target);
      if (!url || !mayBe402(url, seen)) return;
      event.stopImmediatePropagation();
      const original = originals.get(element);
      if (original) element.remove();
      hold(url, seen.has(url)).failed.set(original ?? element, original ?? (event.target as EventTarget));
    },
    true,
  );
  browser.runtime.onMessage.addListener((message: SeenMessage) => {
    if (message?.say !== "seen-402") return;
    const url = withoutFragment(message.url);
    seen.add(url);
    // An image can be shown although its status was 402 (it has no error event then), or its event is yet to come.
    if (waiting(url).length > 0) hold(url, true);
  });

  function hold(url: string, certain: boolean): Held {
    const known = held.get(url);
    if (known) return known;
    const entry: Held = { failed: new Map() };
    held.set(url, entry);
    void background.ask({ kind: "element", url, certain }).then(({ ruling, number }) => {
      held.delete(url);
      seen.delete(url);
      if (ruling === "leave") {
        for (const target of entry.failed.values()) target.dispatchEvent(new Event("error"));
        return;
      }
      const finish = () => background.finished(number);
      const elements = new Set([...entry.failed.keys(), ...waiting(url)]);
      for (const element of elements) {
        const loads = element instanceof HTMLScriptElement ? copyOf(element) : element;
        if (loads instanceof HTMLScriptElement)
          originals.set(loads, originals.get(element) ?? (element as HTMLScriptElement));
        loading.set(loads, finish);
        loads.addEventListener("load", finish, { once: true });
        loads.addEventListener("loadeddata", finish, { once: true });
        loadAgain(element, loads, url);
      }
      if (elements.size === 0) finish();
    });
    return entry;
  }
}

/** Whether the load of that URL may have been a 402. Only cross-origin answers without CORS keep their status secret. */
function mayBe402(url: string, seen: ReadonlySet<string>): boolean {
  if (seen.has(url)) return true;
  const entries = performance.getEntriesByName(url, "resource") as PerformanceResourceTiming[];
  const status = entries.at(-1)?.responseStatus ?? 0;
  return status === 0 || status === 402;
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
