/** The wallet's own database, read past the wallet: what is on the disk, whatever the background remembers. */
import type { DriverPage } from "../driver/launch.ts";

export interface OnDisk {
  /** Totals in atomic units. */
  readonly channels: readonly { readonly id: string; readonly nonce: bigint; readonly authorized: bigint }[];
  /** Sum of what all budgets were ever debited. */
  readonly spent: bigint;
  /** URLs whose paid answer had arrived whole, as far as the journal knows. */
  readonly received: ReadonlySet<string>;
}

/** A row as it lies there: amounts as digits. */
type Row = Readonly<Partial<Record<string, string>>> & { readonly bodyEnded?: boolean };

/** Opens the journal's database from a page of the extension and reads its tables in one transaction. */
export async function onDisk(page: DriverPage): Promise<OnDisk> {
  const { channels, grants, payments } = await page.evaluate(
    () =>
      new Promise<{ channels: Row[]; grants: Row[]; payments: Row[] }>((resolve, reject) => {
        const opening = indexedDB.open("tollpass");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const db = opening.result;
          const transaction = db.transaction(["channels", "grants", "payments"], "readonly");
          const channels = transaction.objectStore("channels").getAll();
          const grants = transaction.objectStore("grants").getAll();
          const payments = transaction.objectStore("payments").getAll();
          transaction.onabort = () => reject(transaction.error);
          transaction.oncomplete = () => {
            db.close();
            resolve({ channels: channels.result, grants: grants.result, payments: payments.result });
          };
        };
      }),
  );
  return {
    channels: channels.map(({ id = "", nonce = "0", authorized = "0" }) => ({
      id,
      nonce: BigInt(nonce),
      authorized: BigInt(authorized),
    })),
    spent: grants.reduce((sum, { spentEver = "0" }) => sum + BigInt(spentEver), 0n),
    received: new Set(payments.flatMap(({ url, bodyEnded }) => (url !== undefined && bodyEnded ? [url] : []))),
  };
}
