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
  readonly url: string;
  /** Whether it asks to pay once more what was paid before: a no to that is none to paying at all. */
  readonly again: boolean;
}

/** The payee is in it as a hash only: nothing here says where a private window was. */
function entryOf({ tabId, url, again }: Asking): string {
  const payee = keccak256(stringToHex(JSON.stringify([new URL(url).origin, again])));
  return `${tabId} ${payee.slice(2, 34)}`;
}

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
  async put({ items, reason }: Question): Promise<void> {
    const all = await this.#load();
    const again = reason.code === "paid_before";
    for (const { tabId, url } of items.values()) all.add(entryOf({ tabId, url, again }));
    for (const oldest of all) {
      if (all.size <= MOST) break;
      all.delete(oldest);
    }
    await this.#store(all);
  }

  /** The tab shows another document: what asks from now on has not been answered. */
  async forget(tabId: number): Promise<void> {
    const all = await this.#load();
    const left = [...all].filter((entry) => entry.startsWith(`${tabId} `));
    if (left.length === 0) return;
    for (const entry of left) all.delete(entry);
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
