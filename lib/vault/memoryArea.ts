/** Storage in the shape of the browser's, in memory, for tests: values are copied in and out, as the browser does. */
import type { StorageArea } from "./ports.ts";

export interface MemoryArea extends StorageArea {
  /** Everything that is kept, as one text: what a thief of the disk would read. */
  dump(): string;
}

export function memoryArea(): MemoryArea {
  const items = new Map<string, string>();
  return {
    async get(keys) {
      const names = keys ?? [...items.keys()];
      const found = names.flatMap((name) => {
        const text = items.get(name);
        return text === undefined ? [] : [[name, JSON.parse(text)] as const];
      });
      return Object.fromEntries(found);
    },
    async set(values) {
      for (const [name, value] of Object.entries(values)) items.set(name, JSON.stringify(value));
    },
    async remove(keys) {
      for (const name of keys) items.delete(name);
    },
    dump: () => `{${[...items].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`,
  };
}
