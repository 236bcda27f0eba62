/**
 * What a site asked for and did not get, for the popup: the last one of each site. Kept for the browser's session only;
 * a payment that succeeds there removes it.
 */
import type { SessionStore } from "./ports.ts";

/** Amounts are decimal strings of atomic units of `asset` on `network`. */
export interface Notice {
  readonly at: number;
  readonly url: string;
  /** One of the codes that the screens have words for. */
  readonly reason: string;
  readonly network?: string | undefined;
  readonly asset?: string | undefined;
  readonly amount?: string | undefined;
  readonly was?: string | undefined;
  readonly need?: string | undefined;
  readonly have?: string | undefined;
}

const KEY = "notices";
/** Sites that are remembered. */
const MOST = 50;
/** Characters of an address that are kept of it. */
const LONGEST_URL = 2_048;

export class Notices {
  readonly #session: SessionStore;
  readonly #changed: () => void;
  #bySite: Map<string, Notice> | undefined;

  constructor(session: SessionStore, changed: () => void) {
    this.#session = session;
    this.#changed = changed;
  }

  async of(site: string): Promise<Notice | undefined> {
    return (await this.#load()).get(site);
  }

  async put(site: string, notice: Notice): Promise<void> {
    const all = await this.#load();
    all.delete(site);
    // A site chooses its addresses: without a bound on them a few notices would fill the session's storage.
    all.set(site, { ...notice, url: notice.url.slice(0, LONGEST_URL) });
    for (const oldest of all.keys()) {
      if (all.size <= MOST) break;
      all.delete(oldest);
    }
    await this.#store(all);
  }

  async clear(site: string): Promise<void> {
    const all = await this.#load();
    if (all.delete(site)) await this.#store(all);
  }

  async forget(): Promise<void> {
    this.#bySite = new Map();
    await this.#store(this.#bySite);
  }

  async #load(): Promise<Map<string, Notice>> {
    if (this.#bySite) return this.#bySite;
    const stored = (await this.#session.get([KEY]))[KEY];
    const loaded = new Map(Array.isArray(stored) ? (stored as [string, Notice][]) : []);
    this.#bySite ??= loaded;
    return this.#bySite;
  }

  async #store(all: Map<string, Notice>): Promise<void> {
    this.#changed();
    await this.#session.set({ [KEY]: [...all] });
  }
}
