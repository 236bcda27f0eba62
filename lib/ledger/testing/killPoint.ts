/**
 * Death for tests: wraps the IndexedDB port so that the process "dies" at the n-th call to it. From that call on
 * nothing of this life reaches the database any more, and the transaction that was open is lost, as after a kill.
 */
import { type IDBFactory, IDBIndex, IDBObjectStore } from "fake-indexeddb";

/** `before`: the call never happens. `after`: it happens, but its transaction is never committed. */
export type DeathTime = "before" | "after";

const STORE_CALLS = ["get", "getAll", "put", "add", "delete", "clear", "openCursor", "count"] as const;
const INDEX_CALLS = ["get", "getAll", "getAllKeys", "openCursor", "openKeyCursor", "count"] as const;

interface Life {
  calls: number;
  readonly deadline: number;
  readonly when: DeathTime;
  /** Hears of the death, with the name of the call. */
  readonly died: ((call: string) => void) | undefined;
  dead: boolean;
}

const newLife = (deadline: number, when: DeathTime, died?: Life["died"]): Life => ({
  calls: 0,
  deadline,
  when,
  died,
  dead: false,
});

let life = newLife(Number.POSITIVE_INFINITY, "before");

/** The next life dies at its n-th call (1 is the first); `died` hears of it before anybody else. */
export function dieAt(deadline: number, when: DeathTime, died?: (call: string) => void): void {
  life = newLife(deadline, when, died);
}

/** A new life without an end. Returns whether the last one died. */
export function live(): boolean {
  const { dead } = life;
  life = newLife(Number.POSITIVE_INFINITY, "before");
  return dead;
}

/** How many calls the present life has made. */
export const calls = (): number => life.calls;

class Killed extends Error {
  override readonly name = "UnknownError";
}

type Call = (...args: never[]) => unknown;

function wrap(prototype: object, names: readonly string[], abortOf: (target: never) => () => void): void {
  for (const name of names) {
    const original = Reflect.get(prototype, name) as Call;
    Reflect.set(prototype, name, function mortal(this: never, ...args: never[]) {
      if (life.dead) throw new Killed("dead");
      life.calls += 1;
      if (life.calls < life.deadline) return original.apply(this, args);
      life.dead = true;
      life.died?.(name);
      if (life.when === "after") original.apply(this, args);
      abortOf(this)();
      throw new Killed("killed");
    });
  }
}

wrap(IDBObjectStore.prototype, STORE_CALLS, (store: IDBObjectStore) => () => store.transaction.abort());
wrap(IDBIndex.prototype, INDEX_CALLS, (index: IDBIndex) => () => index.objectStore.transaction.abort());

/** Everything that is on the disk, table by table, read without the ledger. */
export function onDisk(factory: IDBFactory, name = "tollpass"): Promise<Record<string, unknown[]>> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const db = opening.result;
      const stores = [...db.objectStoreNames];
      const dump: Record<string, unknown[]> = {};
      const transaction = db.transaction(stores, "readonly");
      for (const store of stores) {
        const all = transaction.objectStore(store).getAll();
        all.onsuccess = () => {
          dump[store] = all.result;
        };
      }
      transaction.oncomplete = () => {
        db.close();
        resolve(dump);
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}
