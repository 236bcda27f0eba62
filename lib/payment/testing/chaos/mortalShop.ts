/**
 * A shop that dies at its k-th call to its store and starts again on it: the middleware of its next life knows what was
 * stored and nothing else. Connections of a dead life are cut, and nothing of it reaches the store any more.
 */
import type { PaymentMiddleware, RouteTable } from "@tollpass/provider";
import type { LocalChain } from "../../../../demo/chain/index.ts";
import { memoryStore } from "../../../../provider/src/memoryStore.ts";
import type { Store } from "../../../../provider/src/store.ts";
import { openShop, type Shop } from "../../../../provider/test/shop.ts";
import type { When } from "../life.ts";

const never = () => new Promise<never>(() => undefined);

export interface MortalShopOptions {
  readonly chain: LocalChain;
  readonly table: RouteTable;
  /** What is sold at a path. */
  readonly goods: (path: string) => string;
  /** Hears where the shop is to be found after each start. */
  readonly moved: (origin: string) => void;
}

interface ShopLife {
  readonly shop: Shop;
  calls: number;
  dead: boolean;
}

export class MortalShop {
  readonly #chain: LocalChain;
  readonly #goods: (path: string) => string;
  readonly #table: RouteTable;
  readonly #moved: (origin: string) => void;
  #store = memoryStore();
  #life: ShopLife | undefined;
  #doom: { at: number; when: When } | undefined;
  #reborn: Promise<void> = Promise.resolve();
  /** How often it was started again after a death, and at which calls it died. */
  readonly deaths: string[] = [];

  private constructor({ chain, table, goods, moved }: MortalShopOptions) {
    this.#chain = chain;
    this.#table = table;
    this.#goods = goods;
    this.#moved = moved;
  }

  static async open(options: MortalShopOptions): Promise<MortalShop> {
    const shop = new MortalShop(options);
    await shop.#start();
    return shop;
  }

  get payment(): PaymentMiddleware {
    if (!this.#life) throw new RangeError("the shop was opened");
    return this.#life.shop.payment;
  }

  /** The next life of the shop, if it is just being started. */
  alive(): Promise<void> {
    return this.#reborn;
  }

  /** Dies at the k-th call to its store from now on. */
  dieAt(at: number | undefined, when: When): void {
    this.#doom = at === undefined ? undefined : { at, when };
    if (this.#life) this.#life.calls = 0;
  }

  /** Forgets everything: a store that holds the payments of a thousand tests answers slowly. */
  async forget(): Promise<void> {
    const old = this.#life;
    this.#store = memoryStore();
    await this.#start();
    // Requests that nobody waits for any more may keep its end waiting.
    void old?.shop.close();
  }

  async close(): Promise<void> {
    await this.#reborn;
    await this.#life?.shop.close();
  }

  async #start(): Promise<void> {
    const life: { shop?: Shop; calls: number; dead: boolean } = { calls: 0, dead: false };
    const shop = await openShop(
      this.#chain,
      this.#table,
      (app) => void app.get("/{*path}", (request, response) => void response.send(this.#goods(request.path))),
      {
        minDeposit: "$0.01",
        relayLimits: { perPayer: 1_000_000, total: 1_000_000 },
        claim: false,
        store: this.#mortal(life),
      },
    );
    this.#life = Object.assign(life, { shop });
    this.#moved(shop.origin);
  }

  #mortal(life: { calls: number; dead: boolean }): Store {
    return new Proxy(this.#store, {
      get: (store, name) => {
        const value: unknown = Reflect.get(store, name);
        if (typeof value !== "function") return value;
        return async (...given: unknown[]) => {
          if (life.dead) return never();
          life.calls += 1;
          const last = life.calls === this.#doom?.at;
          if (last && this.#doom?.when === "before") return this.#die(`before ${String(name)}`);
          const result = await Reflect.apply(value, store, given);
          return last ? this.#die(`after ${String(name)}`) : result;
        };
      },
    });
  }

  #die(deed: string): Promise<never> {
    const life = this.#life;
    this.#doom = undefined;
    if (life) {
      life.dead = true;
      this.deaths.push(deed);
      // Its sockets are cut at once; the rest of its end waits for a store that does not answer any more.
      void life.shop.close();
      this.#reborn = this.#start();
    }
    return never();
  }
}
