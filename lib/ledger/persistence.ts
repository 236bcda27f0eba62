/** Asking the browser to keep what is stored: what was signed must not be dropped when the disk is short. */

/** What of the browser's StorageManager is used. `persist` is missing in workers: Chromium's background cannot ask. */
interface Storage {
  readonly persisted: () => Promise<boolean>;
  readonly persist?: () => Promise<boolean>;
}

/**
 * Asks the browser to keep the journal until the person deletes it, if it has not promised it yet. `asked` false: there
 * is nobody to ask, and what keeps the journal is the permission `unlimitedStorage` alone. Never rejects: the wallet
 * works without the promise too, until the browser runs out of room.
 */
export async function keepStored(storage: Storage | undefined): Promise<{ asked: boolean; kept: boolean }> {
  if (!storage?.persist) return { asked: false, kept: false };
  try {
    return { asked: true, kept: (await storage.persisted()) || (await storage.persist()) };
  } catch {
    return { asked: true, kept: false };
  }
}
