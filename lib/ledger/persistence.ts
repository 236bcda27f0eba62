/** Asking the browser to keep what is stored: what was signed must not be dropped when the disk is short. */

/**
 * Whether the browser promises to keep the journal until the person deletes it; asks for it if it does not yet. With the
 * permission `unlimitedStorage` browsers say yes without a question. Never rejects: without the promise the wallet works
 * as well, until the browser runs out of room.
 */
export async function keepStored(storage: Pick<StorageManager, "persist" | "persisted"> | undefined): Promise<boolean> {
  try {
    return storage !== undefined && ((await storage.persisted()) || (await storage.persist()));
  } catch {
    return false;
  }
}
