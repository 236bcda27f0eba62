/**
 * The numbered versions of the database, and the way from one to the next. A migration is one transaction that the
 * browser commits whole, rows, backup and number together, or not at all: a death in the middle leaves the old version.
 * Rows are copied before they are changed; the copy is kept until an audit has found the changed ones in order. A
 * database of a newer version than this code knows is never opened.
 */
import type { Dexie, Transaction } from "dexie";
import { whatAwaits, whatIsUnserved } from "./indexes.ts";
import { paymentRecordSchema } from "./rows.ts";

export type Row = Record<string, unknown>;

/**
 * One step of the schema. A version that was released is never changed; the next one is added below it. `stores` in
 * Dexie's words: primary key, then indexes (& unique, [a+b] compound). Rows without an indexed field are not in it.
 */
export interface Migration {
  readonly version: number;
  readonly stores: Readonly<Record<string, string>>;
  /** By table: a row as this version wants it. Rows of other tables stay as they are. */
  readonly rows?: Readonly<Record<string, (row: Row) => Row>>;
}

/** Where rows are copied to before a migration changes them. */
export const BACKUPS = "backups";
const BACKUP_STORE = { [BACKUPS]: "++" };

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    stores: {
      grants: "id, [site+payeeOrigin], site, approvalId",
      sites: "site",
      payments: "id, &requestId, &seq, [site+seq], attention, &[channelId+nonce], grantId",
      channels: "id, payeeOrigin",
      prices: "[site+payeeOrigin+network+asset+pattern], site",
      wallet: "id",
    },
  },
  {
    version: 2,
    stores: { payments: "id, &requestId, &seq, [site+seq], attention, &[channelId+nonce], grantId, unserved" },
  },
  {
    // Rows of version 1 are not in the index that version 2 added: a lost payment could be made again without a yes.
    version: 3,
    stores: BACKUP_STORE,
    rows: { payments: withIndexes },
  },
  {
    // Channels say of a challenge what only this version on can read; an older one would take such a row for damaged.
    version: 4,
    stores: {},
  },
];

/** A payment's row with the fields that its indexes need. One that cannot be read stays: the audit halts the wallet. */
function withIndexes(row: Row): Row {
  const payment = paymentRecordSchema.safeParse(row);
  if (!payment.success) return row;
  const { attention: _attention, unserved: _unserved, ...kept } = row;
  return { ...kept, ...whatAwaits(payment.data), ...whatIsUnserved(payment.data) };
}

/** Rows that are copied and changed at a time. */
const BATCH = 200;

/** Tells Dexie of every version. Nothing is opened yet. */
export function declare(dexie: Dexie, migrations: readonly Migration[]): void {
  for (const { version, stores, rows = {} } of migrations) {
    const step = dexie.version(version).stores(stores);
    const changed = Object.entries(rows);
    if (changed.length === 0) continue;
    step.upgrade(async (transaction) => {
      // The copy of an earlier migration has done its duty.
      await transaction.table(BACKUPS).clear();
      for (const [table, change] of changed) await rewrite(transaction, version, table, change);
    });
  }
}

async function rewrite(
  transaction: Transaction,
  version: number,
  name: string,
  change: (row: Row) => Row,
): Promise<void> {
  const table = transaction.table<Row>(name);
  const keys = await table.toCollection().primaryKeys();
  for (let at = 0; at < keys.length; at += BATCH) {
    const found = await table.bulkGet(keys.slice(at, at + BATCH));
    const rows = found.filter((row) => row !== undefined);
    await transaction.table(BACKUPS).bulkAdd(rows.map((row) => ({ table: name, version, row })));
    await table.bulkPut(rows.map(change));
  }
}

/**
 * The browser's IndexedDB for code that knows versions up to `newest`. Dexie would open a database of any version, and
 * patch it; this lets none be opened but at a version that the code knows. What is newer fails with VersionError.
 */
export function upTo(factory: IDBFactory, newest: number): IDBFactory {
  return {
    open(name, version) {
      // Dexie's numbers are ten times ours; it asks for no number at all when the database's is higher than its own.
      if (version === undefined || version > newest * 10) {
        throw new DOMException("The database was written by a newer version.", "VersionError");
      }
      return factory.open(name, version);
    },
    deleteDatabase: (name) => factory.deleteDatabase(name),
    databases: () => factory.databases(),
    cmp: (first, second) => factory.cmp(first, second),
  };
}
