/** What the tests of the vault share: ports in memory, a clock that is set by hand, and ports that die. */
import { createVault, type VaultOptions } from "./index.ts";
import { memoryArea } from "./memoryArea.ts";
import type { StorageArea } from "./ports.ts";

export const PASSWORD = "correct horse";
export const PHRASE = "test test test test test test test test test test test junk";
export const FIRST_ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/** One profile of a browser. `start` is a background that comes up on it, with nothing in memory. */
export function profile() {
  const local = memoryArea();
  const session = memoryArea();
  const clock = { time: 1_800_000_000_000 };
  const ports = { local, session, now: () => clock.time };
  return { local, session, clock, ports, start: (options?: VaultOptions) => createVault(ports, options) };
}

/** A store whose power fails before call number `at` takes effect, and stays off. */
export function dying(store: StorageArea, power: { calls: number; at: number }): StorageArea {
  const wire = async <T>(call: () => Promise<T>): Promise<T> => {
    power.calls += 1;
    if (power.calls < power.at) return call();
    throw new Error("the background is dead");
  };
  return {
    get: (keys) => wire(() => store.get(keys)),
    set: (items) => wire(() => store.set(items)),
    remove: (keys) => wire(() => store.remove(keys)),
  };
}
