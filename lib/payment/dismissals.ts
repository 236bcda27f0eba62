/**
 * What a person said "not now" to: later requests of the same page load to the same payee ask no more. Kept for the
 * browser's session, so that a background that died does not ask again either; a new document in the tab may.
 */
import { keccak256, stringToHex } from "viem";
import type { SessionStore } from "./ports.ts";
import type { Question } from "./questions.ts";

const KEY = "dismissed";
/** So many are remembered. */
const MOST = 200;

/** A request that would ask. */
export interface Asking {
  readonly tabId: number;
  /** Origin of the page. */
  readonly site: string;
  readonly url: string;
  /** Whether it asks to pay once more what was paid before: a no to that is none to paying at all. */
  readonly again: boolean;
}

/**
 * Page and payee are in it as hashes only, so that no address is written out. That hides none from who knows it: the hash
 * of a known origin can be looked for here, also that of a private window, until its tab shows another page.
 */
function entryOf({ tabId, site, url, again }: Asking): string {
  return `${tabId} ${hashOf(site)} ${hashOf(JSON.stringify([new URL(url).origin, again]))}`;
}

const hashOf = (text: string): string => keccak256(stringToHex(text)).slice(2, 34);

export class Dismissals {
  readonly #session: SessionStore;
  #loading: Promise<Set<string>> | undefined;

  constructor(session: SessionStore) {
    this.#session = session;
  }

  async has(asking: Asking): Promise<boolean> {
    return (await this.#load()).has(entryOf(asking));
  }

  /** Remembers a no for the page loads of all requests that wait in the question. */
  async put({ site, items, reason }: Question): Promise<void> {
    const all = await this.#load();
    const again = reason.code === "paid_before";
    for (const { tabId, url } of items.values()) all.add(entryOf({ tabId, site, url, again }));
    for (const oldest of all) {
      if (all.size <= MOST) break;
      all.delete(oldest);
    }
    await this.#store(all);
  }

  /** The tab shows another document: what asks from now on has not been answered. */
  forget(tabId: number): Promise<void> {
    return this.#remove((entry) => entry.startsWith(`${tabId} `));
  }

  /** The person wants to be asked by a site again, also in the pages that are open. */
  forgetSite(site: string): Promise<void> {
    const hash = hashOf(site);
    return this.#remove((entry) => entry.split(" ")[1] === hash);
  }

  /** Nothing is remembered of anyone. */
  forgetAll(): Promise<void> {
    return this.#remove(() => true);
  }

  async #remove(isMeant: (entry: string) => boolean): Promise<void> {
    const all = await this.#load();
    const meant = [...all].filter(isMeant);
    if (meant.length === 0) return;
    for (const entry of meant) all.delete(entry);
    await this.#store(all);
  }

  #load(): Promise<Set<string>> {
    this.#loading ??= this.#session.get([KEY]).then(
      ({ [KEY]: stored }) => new Set(Array.isArray(stored) ? (stored as string[]) : []),
      (error: unknown) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  #store(all: ReadonlySet<string>): Promise<void> {
    return this.#session.set({ [KEY]: [...all] });
  }
}
