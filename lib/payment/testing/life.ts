/**
 * A life of the background that ends at its k-th call to the world: ledger, vault, chain or network. From then on no
 * call of it reaches anything, and none comes back, as after a kill.
 */
import type { PaymentPorts } from "#payment";

/** `before`: the call never happens. `after`: it happens, and nobody hears of it. */
export type When = "before" | "after";

const never = () => new Promise<never>(() => undefined);

export class Life {
  readonly died: Promise<void>;
  calls = 0;
  dead = false;
  readonly #at: number;
  readonly #when: When;
  readonly #die: () => void;

  constructor(at = Number.POSITIVE_INFINITY, when: When = "before") {
    this.#at = at;
    this.#when = when;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#die = resolve;
  }

  async #pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    this.calls += 1;
    const last = this.calls === this.#at;
    if (last && this.#when === "before") return this.#end();
    const result = await call();
    if (last) return this.#end();
    return this.dead ? never() : result;
  }

  #end(): Promise<never> {
    this.dead = true;
    this.#die();
    return never();
  }

  /** The same object, each method of which counts as one call. */
  #mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => this.#pass(async () => Reflect.apply(value, object, given));
      },
    });
  }

  /** Stands between the wallet and all its ports; its timers run twenty times as fast. */
  readonly wrap = (ports: PaymentPorts): PaymentPorts => ({
    ...ports,
    ledger: this.#mortal(ports.ledger),
    vault: this.#mortal(ports.vault),
    session: this.#mortal(ports.session),
    chainOf: (network) => this.#mortal(ports.chainOf(network)),
    fetch: (...given) => this.#pass(() => ports.fetch(...given)),
    later: (milliseconds, work) =>
      ports.later(milliseconds / 20, () => {
        if (!this.dead) work();
      }),
  });
}
