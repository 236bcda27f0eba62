/**
 * The 402s that the network answered, in memory until somebody who waits for one asks for it. Nothing is decided about
 * a 402 that nobody waits for: a prefetch, a beacon, an answer that CORS keeps from its page.
 */
import type { ResourceType } from "./interceptor.ts";
import { withoutFragment } from "./origins.ts";

export interface Sighting {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly type: ResourceType;
  readonly tabId: number;
  readonly frameId: number;
  /** Of the document that made the request; undefined for the request of a document itself. */
  readonly documentId: string | undefined;
  /** Origin of the document that made the request. */
  readonly initiator: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  /** The request carried a payment: this 402 is the server's last word on it. */
  readonly final: boolean;
}

export interface Sought {
  readonly kind: "request" | "document" | "element";
  readonly url: string;
  readonly tabId: number;
  readonly frameId: number;
  readonly documentId: string | undefined;
  /**
   * Set for an about:blank document, to its inherited origin: Chromium reports its requests as those of the frame that
   * made it, so they are found by their origin within the tab.
   */
  readonly blankOrigin: string | undefined;
  readonly method?: string | undefined;
  /** Prefer the answer to a paid request. */
  readonly afterPayment: boolean;
}

/** Enough for several hundred requests in parallel; a page that provokes more only loses its own oldest. */
const PER_TAB = 1000;

const TYPES: Record<Sought["kind"], ReadonlySet<ResourceType>> = {
  request: new Set(["xmlhttprequest"]),
  document: new Set(["main_frame", "sub_frame"]),
  element: new Set(["image", "imageset", "media", "stylesheet", "script"]),
};

export class Sightings {
  readonly #byTab = new Map<number, Sighting[]>();
  readonly #waiting = new Set<() => void>();

  add(sighting: Sighting): void {
    const list = this.#byTab.get(sighting.tabId) ?? [];
    list.push(sighting);
    if (list.length > PER_TAB) list.shift();
    this.#byTab.set(sighting.tabId, list);
    for (const look of [...this.#waiting]) look();
  }

  /** As `take`, but waits for a sighting that is still on its way: question and event come over different paths. */
  async takeSoon(sought: Sought, withinMs: number): Promise<Sighting | undefined> {
    const now = this.take(sought);
    if (now) return now;
    const { promise, resolve } = Promise.withResolvers<Sighting | undefined>();
    const look = () => {
      const found = this.take(sought);
      if (!found) return;
      this.#waiting.delete(look);
      resolve(found);
    };
    const timer = setTimeout(() => resolve(undefined), withinMs);
    this.#waiting.add(look);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** The sighting that was asked for, removed: each can be asked for once. The oldest first, of documents the newest. */
  take(sought: Sought): Sighting | undefined {
    const list = this.#byTab.get(sought.tabId);
    if (!list) return undefined;
    const matches = list.filter((sighting) => fits(sighting, sought));
    const found =
      sought.kind === "document"
        ? matches.at(-1)
        : (matches.find((sighting) => sighting.final === sought.afterPayment && sighting.method === sought.method) ??
          matches.find((sighting) => sighting.final === sought.afterPayment) ??
          matches[0]);
    if (!found) return undefined;
    // One question stands for all elements that load a file (and for the preload scanner before them); older sightings
    // of a document were never asked for, because the person had left it.
    const gone = new Set(sought.kind === "request" ? [found] : matches.filter(({ final }) => final === found.final));
    gone.add(found);
    const left = list.filter((sighting) => !gone.has(sighting));
    if (left.length > 0) this.#byTab.set(sought.tabId, left);
    else this.#byTab.delete(sought.tabId);
    return found;
  }

  forgetTab(tabId: number): void {
    this.#byTab.delete(tabId);
  }
}

function fits(sighting: Sighting, sought: Sought): boolean {
  if (!TYPES[sought.kind].has(sighting.type)) return false;
  if (withoutFragment(sighting.url) !== withoutFragment(sought.url)) return false;
  if (sought.kind === "document") return sighting.frameId === sought.frameId;
  // A document that loads before the browser has put it into its frame (the preload scanner is that fast) reports another
  // frame number then. Its own id never changes, and no other document has it.
  if (sighting.documentId !== undefined && sighting.documentId === sought.documentId) return true;
  return sought.blankOrigin !== undefined && sighting.initiator === sought.blankOrigin;
}
