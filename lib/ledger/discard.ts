/** The end of a journal that need not be opened for it: one that is newer, or that the browser gives no access to. */
import type { LedgerPorts } from "./database.ts";

/** So long somebody else may hold it open before it counts as kept, in milliseconds. */
const BLOCKED = 5_000;

/**
 * Deletes the database as a whole. Resolves with false where the browser refuses or something still holds it open: then
 * it may go later, and always before a new one can be opened. Never rejects.
 */
export async function discardJournal(ports: Pick<LedgerPorts, "indexedDB" | "name"> = {}): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let patience: ReturnType<typeof setTimeout> | undefined;
  try {
    const deleting = (ports.indexedDB ?? indexedDB).deleteDatabase(ports.name ?? "tollpass");
    deleting.onsuccess = () => resolve(true);
    deleting.onerror = () => resolve(false);
    deleting.onblocked = () => {
      patience = setTimeout(() => resolve(false), BLOCKED);
    };
    return await promise;
  } catch {
    return false;
  } finally {
    clearTimeout(patience);
  }
}
