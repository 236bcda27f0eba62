/** A store that nobody else writes to, read once in the life of the background: later reads ask no other process. */
import type { StorageArea } from "./ports.ts";

/**
 * The same store with a memory for what was read from it by name. A value is forgotten before it is written or removed,
 * so that none outlives its removal, also of a write that failed half-way.
 */
export function readOnce(store: StorageArea): StorageArea {
  const known = new Map<string, unknown>();
  /** Counts what was written, so that a read that was overtaken is not remembered. */
  let writes = 0;

  const writing = async (names: readonly string[], write: () => Promise<void>) => {
    const forget = () => {
      writes += 1;
      for (const name of names) known.delete(name);
    };
    forget();
    try {
      await write();
    } finally {
      forget();
    }
  };

  return {
    async get(names) {
      if (names === null) return store.get(null);
      const missing = names.filter((name) => !known.has(name));
      if (missing.length > 0) {
        const before = writes;
        const found = await store.get(missing);
        if (before !== writes) return store.get(names);
        for (const name of missing) known.set(name, found[name]);
      }
      const entries = names.map((name) => [name, known.get(name)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    },
    set: (items) => writing(Object.keys(items), () => store.set(items)),
    remove: (names) => writing(names, () => store.remove(names)),
  };
}
