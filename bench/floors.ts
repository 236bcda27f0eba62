/**
 * What the browser takes by itself for what the wallet does: the same reads and writes in a bare IndexedDB, and the
 * start of a worker that is empty. Below these no wallet in an extension can be.
 */
import type { ChromiumDriver } from "#e2e/driver/chromium.ts";
import { fetchInTurn, launchListening } from "./browsers.ts";

export interface StorageFloor {
  /** Milliseconds of one read transaction and one strict one, with the tables and rows of a payment. */
  readonly payment: number[];
  /** Milliseconds of a strict transaction that puts one row. */
  readonly commit: number[];
}

/** Measures in the extension's own worker, over a copy of the rows that a payment reads and writes. */
export function storageFloor(driver: ChromiumDriver, times: number): Promise<StorageFloor> {
  return driver.inBackground(async (times) => {
    type Row = Record<string, IDBValidKey> & { id: string };
    const got = <T>(made: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        made.onsuccess = () => resolve(made.result);
        made.onerror = () => reject(made.error);
      });
    const done = (transaction: IDBTransaction) =>
      new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    const journal = await got(indexedDB.open("tollpass"));
    const tables = [...journal.objectStoreNames];
    const reading = journal.transaction(tables);
    const last: Record<string, Row> = {};
    const shapes: { name: string; key: string | string[]; indexes: [string | string[], boolean][] }[] = [];
    for (const name of tables) {
      const store = reading.objectStore(name);
      const indexes = [...store.indexNames].map((index) => store.index(index));
      shapes.push({
        name,
        key: store.keyPath ?? "",
        indexes: indexes.map(({ keyPath, unique }) => [keyPath, unique]),
      });
      last[name] = ((await got(store.getAll())) as Row[]).at(-1) ?? { id: "" };
    }
    journal.close();

    await got(indexedDB.deleteDatabase("floor"));
    const opening = indexedDB.open("floor", 1);
    opening.onupgradeneeded = () => {
      for (const { name, key, indexes } of shapes) {
        const store = opening.result.createObjectStore(name, key === "" ? { autoIncrement: true } : { keyPath: key });
        for (const [path, unique] of indexes) store.createIndex(String(path), path, { unique });
      }
    };
    const bare = await got(opening);
    const row = (name: string): Row => last[name] ?? { id: "" };
    const key = (table: string, ...names: string[]) => names.map((name) => row(table)[name] ?? "");
    const price = key("prices", "site", "payeeOrigin", "network", "asset", "pattern");
    const origin = row("channels").payeeOrigin ?? "";
    const site = row("sites").site ?? "";
    let seq = 0;
    const pay = async () => {
      const look = bare.transaction(tables);
      const attention = look.objectStore("payments").index("attention");
      await Promise.all([
        got(look.objectStore("sites").get(site)),
        got(look.objectStore("wallet").get("wallet")),
        got(attention.getAll("settle")),
        got(attention.getAll("body")),
      ]);
      const transaction = bare.transaction(tables, "readwrite", { durability: "strict" });
      const committed = done(transaction);
      const payments = transaction.objectStore("payments");
      seq += 1;
      await Promise.all([
        got(payments.index("requestId").getAll(`${seq}`)),
        got(payments.index("unserved").getAll(`${seq}`)),
        got(transaction.objectStore("sites").get(site)),
        got(transaction.objectStore("wallet").get("wallet")),
        got(transaction.objectStore("prices").get(price)),
        got(transaction.objectStore("channels").index("payeeOrigin").getAll(origin)),
        got(
          transaction
            .objectStore("grants")
            .index("site,payeeOrigin")
            .getAll(key("grants", "site", "payeeOrigin")),
        ),
      ]);
      payments.add({ ...row("payments"), id: `${seq}`, requestId: `${seq}`, seq, nonce: `${seq}` });
      for (const name of ["grants", "sites", "wallet", "channels"]) transaction.objectStore(name).put(row(name));
      await committed;
    };
    const commit = async () => {
      const transaction = bare.transaction("wallet", "readwrite", { durability: "strict" });
      transaction.objectStore("wallet").put(row("wallet"));
      await done(transaction);
    };
    const taken = { payment: [] as number[], commit: [] as number[] };
    for (let index = 0; index < times; index += 1) {
      const started = performance.now();
      await pay();
      const paid = performance.now();
      await commit();
      taken.payment.push(paid - started);
      taken.commit.push(performance.now() - paid);
    }
    bare.close();
    await got(indexedDB.deleteDatabase("floor"));
    return taken;
  }, times);
}

/** Milliseconds from an answer of the shop to the first line that an extension with an empty worker runs because of it. */
export async function startOfEmptyWorker(origin: string, times: number): Promise<number[]> {
  const listening = await launchListening();
  try {
    const tab = await listening.newPage();
    await tab.goto(`${origin}/`);
    const taken: number[] = [];
    for (let index = 0; index < times; index += 1) {
      await listening.driver.killBackground();
      await fetchInTurn(tab, `${origin}/free/cold`, 1);
      const answered = await tab.evaluate(() => {
        const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
        return performance.timeOrigin + (entries.at(-1)?.responseStart ?? 0);
      });
      const heard = await listening.heard();
      taken.push(heard - answered);
    }
    return taken;
  } finally {
    await listening.close();
  }
}
