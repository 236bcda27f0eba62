/**
 * Where requests of the Firefox build wait when their decision takes longer than a moment. Firefox hands `webRequest`
 * events to an extension in batches and takes the results of a batch only when its last listener has answered
 * (toolkit/components/extensions/ConduitsParent.sys.mjs): a listener that waits holds up every other request of its
 * batch, of whatever site, and two that wait for each other wait for ever. But each document of an extension has
 * batches of its own. So nobody waits in the event page: a request is redirected to an address that an empty frame of
 * the event page listens for, a bay, and from there back to its own address. Bay addresses never reach the network.
 */
import { browser } from "wxt/browser";
import type { BlockingResponse, Details, WebRequest } from "./firefoxEvents.ts";

/** As many as a page of pictures needs. Beyond it requests share a bay, and move on when one of them may go. */
const BAYS = 24;
const BAY_PAGE = "/bay.html";
/** Firefox follows 20 redirects of one request: some may be the server's, two are the way in and out. */
const MOVES = 15;
const MARK = "tollpass-bay=";
const MARKED = /[?&](tollpass-bay=[0-9a-f-]{36})(?=#|$)/;
/** Where the marks of all bays since the browser started are kept, for a request that outlives its bay. */
const MARKS = "bays";
/** How long a frame may take to load, in milliseconds. */
const READY_WITHIN_MS = 5_000;

/** The extension API of one document. */
interface DocumentApi {
  readonly webRequest: WebRequest;
  readonly runtime: { getPlatformInfo(): Promise<unknown> };
}

interface Parked {
  readonly requestId: string;
  readonly url: string;
  decided: boolean;
  moves: number;
  exit: PromiseWithResolvers<BlockingResponse>;
}

interface Bay {
  readonly mark: string;
  readonly ready: Promise<void>;
  listens: boolean;
  /** Those who wait here, and those on their way here. */
  readonly parked: Set<Parked>;
  /** For those who have not arrived yet: where they go on to, by request id. */
  readonly expected: Map<string, Promise<BlockingResponse>>;
}

export class Bays {
  readonly #bays: Bay[] = [];

  /**
   * The address where a request waits until `decided` settles; then it goes on to its own. One that had to make room too
   * often goes on undecided. Resolves once the bay listens, rejects if the browser gives none.
   */
  async park({ requestId, url }: Pick<Details, "requestId" | "url">, decided: Promise<unknown>): Promise<string> {
    const parked: Parked = { requestId, url, decided: false, moves: 0, exit: Promise.withResolvers() };
    const bay = this.#emptiest();
    bay.parked.add(parked);
    bay.expected.set(requestId, parked.exit.promise);
    try {
      await bay.ready;
    } catch (error) {
      this.forget(requestId);
      throw error;
    }
    const goOn = () => {
      parked.decided = true;
      const at = this.#bays.find((each) => each.parked.has(parked));
      if (at) this.#empty(at);
    };
    decided.then(goOn, goOn);
    return marked(url, bay.mark);
  }

  /** Forgets a request that has ended. */
  forget(requestId: string): void {
    for (const bay of this.#bays) {
      bay.expected.delete(requestId);
      for (const each of bay.parked) {
        if (each.requestId !== requestId) continue;
        bay.parked.delete(each);
        // Nobody looks at it any more, but the results of its batch wait for this one.
        each.exit.resolve({});
      }
    }
  }

  /** Lets everyone go on, because their results may be in one batch: the undecided to another bay, or here anew. */
  #empty(bay: Bay): void {
    const everyone = [...bay.parked];
    bay.parked.clear();
    for (const parked of everyone) {
      const { exit, url, requestId } = parked;
      if (parked.decided || parked.moves >= MOVES) {
        exit.resolve({ redirectUrl: url });
        continue;
      }
      const next = emptiestOf(this.#bays.filter(({ listens }) => listens)) ?? bay;
      parked.moves += 1;
      parked.exit = Promise.withResolvers();
      next.parked.add(parked);
      next.expected.set(requestId, parked.exit.promise);
      exit.resolve({ redirectUrl: marked(url, next.mark) });
    }
  }

  /** A bay with nobody in it if there may be one more. */
  #emptiest(): Bay {
    const emptiest = emptiestOf(this.#bays);
    if (emptiest && (emptiest.parked.size === 0 || this.#bays.length >= BAYS)) return emptiest;
    const made = openBay();
    this.#bays.push(made);
    made.ready.catch(() => this.#bays.splice(this.#bays.indexOf(made), 1));
    return made;
  }
}

/** Whether the address looks like that of a bay; `addressBehind` knows whether it is. */
export const looksMarked = (url: string): boolean => MARKED.test(url);

/** The address of a request that was on its way to a bay of this or an earlier life; undefined for any other. */
export async function addressBehind(url: string): Promise<string | undefined> {
  const mark = MARKED.exec(url)?.[1];
  const marks = (await browser.storage.session.get(MARKS))[MARKS];
  return mark !== undefined && Array.isArray(marks) && marks.includes(mark) ? withoutMark(url) : undefined;
}

const withoutMark = (url: string): string => url.replace(MARKED, "");

function marked(url: string, mark: string): string {
  const hash = url.indexOf("#");
  const address = hash < 0 ? url : url.slice(0, hash);
  return `${address}${address.includes("?") ? "&" : "?"}${mark}${url.slice(address.length)}`;
}

function emptiestOf(bays: readonly Bay[]): Bay | undefined {
  return bays.reduce<Bay | undefined>(
    (best, bay) => (best && best.parked.size <= bay.parked.size ? best : bay),
    undefined,
  );
}

function openBay(): Bay {
  const mark = MARK + crypto.randomUUID();
  const expected: Bay["expected"] = new Map();
  const ready = Promise.all([newDocument(), remember(mark)]).then(async ([{ webRequest, runtime }]) => {
    webRequest.onBeforeRequest.addListener(
      ({ requestId, url }) => {
        const exit = expected.get(requestId);
        expected.delete(requestId);
        return exit ?? { redirectUrl: withoutMark(url) };
      },
      { urls: [`*://*/*${mark}`] },
      ["blocking"],
    );
    // Calls of one document are taken in their order: once this one is answered, the listener is in force.
    await runtime.getPlatformInfo();
    bay.listens = true;
  });
  const bay: Bay = { mark, ready, listens: false, parked: new Set(), expected };
  return bay;
}

let remembering: Promise<void> = Promise.resolve();

/** Adds a mark to those in session storage, one after the other. */
function remember(mark: string): Promise<void> {
  remembering = remembering
    .catch(() => undefined)
    .then(async () => {
      const marks = (await browser.storage.session.get(MARKS))[MARKS];
      await browser.storage.session.set({ [MARKS]: [...(Array.isArray(marks) ? marks : []), mark] });
    });
  return remembering;
}

async function newDocument(): Promise<DocumentApi> {
  const frame = document.createElement("iframe");
  frame.src = browser.runtime.getURL(BAY_PAGE as never);
  const loaded = new Promise((resolve, reject) => {
    frame.addEventListener("load", resolve, { once: true });
    setTimeout(() => reject(new Error("a frame of the event page did not load")), READY_WITHIN_MS);
  });
  document.body.append(frame);
  await loaded;
  const api = (frame.contentWindow as (Window & { browser?: DocumentApi }) | null)?.browser;
  if (!api) throw new Error("a frame of the event page has no extension API");
  return api;
}
