// A store whose process can die at any of its writes, before it or after it: nothing is heard of it from then on.
import type { Store } from "@tollpass/provider";

/** How many writes from now the last one is, and whether it still reaches the disk. */
export interface Death {
  readonly writes: number;
  readonly written: boolean;
}

export function mortal(living: Store) {
  const died = Promise.withResolvers<void>();
  const buried = Promise.withResolvers<never>();
  // Those who wait are told when there is nobody left who could answer them.
  buried.promise.catch(() => undefined);
  let dead = false;
  let fate: { left: number; written: boolean } | undefined;
  const die = () => {
    dead = true;
    died.resolve();
  };
  const read = <T>(ask: () => Promise<T>): Promise<T> => (dead ? buried.promise : ask());
  const write = async <T>(apply: () => Promise<T>): Promise<T> => {
    if (dead) return buried.promise;
    const last = fate !== undefined && fate.left-- <= 0;
    if (last && !fate?.written) die();
    if (dead) return buried.promise;
    const result = await apply();
    if (last) die();
    return dead ? buried.promise : result;
  };
  const store: Store = {
    atomic: true,
    durable: true,
    update: (key, change) => write(() => living.update(key, change)),
    channel: (id) => read(() => living.channel(id)),
    channels: () => read(() => living.channels()),
    payment: (id, nonce) => read(() => living.payment(id, nonce)),
    payments: (limit) => read(() => living.payments(limit)),
    reserved: () => read(() => living.reserved()),
    secret: (name, make) => read(() => living.secret(name, make)),
    dropBodies: (time) => read(() => living.dropBodies(time)),
    async close() {},
  };
  return {
    store,
    died: died.promise,
    isDead: () => dead,
    die,
    /** Undefined: not of itself. */
    dieAt(death: Death | undefined): void {
      fate = death && { left: death.writes, written: death.written };
    },
    /** Lets everything that still waits for the dead process fail, and gives the file free. */
    async bury(): Promise<void> {
      die();
      buried.reject(new Error("the process has died"));
      await living.close();
    },
  };
}
