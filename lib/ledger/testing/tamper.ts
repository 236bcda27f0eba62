/** What no code of the ledger does: changes stored rows behind its back. */

/** Changes the first row of a table that `isMeant` as it is stored, or removes it. */
export function tamper(
  indexedDB: IDBFactory,
  store: string,
  change: (row: Record<string, unknown>) => void,
  remove = false,
  isMeant: (row: Record<string, unknown>) => boolean = () => true,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("tollpass");
    opening.onsuccess = () => {
      const db = opening.result;
      const transaction = db.transaction(store, "readwrite");
      const cursor = transaction.objectStore(store).openCursor();
      cursor.onsuccess = () => {
        if (!cursor.result) return;
        const row = cursor.result.value;
        if (!isMeant(row)) return cursor.result.continue();
        change(row);
        if (remove) cursor.result.delete();
        else cursor.result.update(row);
      };
      transaction.oncomplete = () => {
        db.close();
        resolve();
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}
