/**
 * A life of the background that ends at its k-th call to the world: ledger, vault, storage, chain or network. From then
 * on no call of it reaches anything, and none comes back, as after a kill.
 */
import type { PaymentPorts } from "#payment";
import { calls as databaseCalls, dieAt, live } from "../../ledger/testing/killPoint.ts";
import type { Disk } from "./wallet.ts";

/** `before`: the call never happens. `after`: it happens, and nobody hears of it. */
export type When = "before" | "after";

/** Which calls are counted: those to the ports, or those that the ledger makes to IndexedDB. */
export type Where = "ports" | "database";

const never = () => new Promise<never>(() => undefined);

export class Life {
  readonly died: Promise<void>;
  dead = false;
  /** The call that it died at, such as "ledger.markSent". */
  deed: string | undefined;
  #calls = 0;
  readonly #at: number;
  readonly #when: When;
  readonly #where: Where;
  readonly #die: () => void;
  #hasStorage = false;

  constructor(at = Number.POSITIVE_INFINITY, when: When = "before", where: Where = "ports") {
    this.#at = at;
    this.#when = when;
    this.#where = where;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#die = resolve;
    if (where === "database") dieAt(at, when, (name) => this.#end(`indexedDB.${name}`));
    else live();
  }

  /** How many calls of the counted kind it has made. */
  get calls(): number {
    return this.#where === "database" ? databaseCalls() : this.#calls;
  }

  async #pass<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    this.#calls += 1;
    const last = this.#where === "ports" && this.#calls === this.#at;
    if (last && this.#when === "before") return this.#end(name);
    const result = await call().catch((error: unknown) => {
      // A call that failed because its life ended is never heard of.
      if (this.dead) return never();
      if (last) return this.#end(name);
      throw error;
    });
    if (last) return this.#end(name);
    return this.dead ? never() : result;
  }

  #end(deed: string): Promise<never> {
    this.dead = true;
    this.deed = `${this.#when} ${deed}`;
    this.#die();
    return never();
  }

  /** The same object, each method of which counts as one call. */
  #mortal<T extends object>(name: string, target: T): T {
    return new Proxy(target, {
      get: (object, key) => {
        const value: unknown = Reflect.get(object, key);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) =>
          this.#pass(`${name}.${String(key)}`, async () => Reflect.apply(value, object, given));
      },
    });
  }

  /** The same disk, each access to whose storage counts as one call. */
  disk(disk: Disk): Disk {
    this.#hasStorage = true;
    return {
      ...disk,
      local: this.#mortal("storage.local", disk.local),
      session: this.#mortal("storage.session", disk.session),
    };
  }

  /** Stands between the wallet and all its ports; its timers run twenty times as fast. */
  readonly wrap = (ports: PaymentPorts): PaymentPorts => ({
    ...ports,
    ledger: this.#mortal("ledger", ports.ledger),
    vault: this.#mortal("vault", ports.vault),
    session: this.#hasStorage ? ports.session : this.#mortal("storage.session", ports.session),
    chainOf: (network) => this.#mortal("chain", ports.chainOf(network)),
    fetch: (...given) => this.#pass("fetch", () => ports.fetch(...given)),
    later: (milliseconds, work) =>
      ports.later(milliseconds / 20, () => {
        if (!this.dead) work();
      }),
  });
}
