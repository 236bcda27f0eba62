/** The store that survives everything but the loss of its disk: one SQLite file, by the SQLite that is part of Node. */
import { chmodSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Hex } from "viem";
import {
  type Change,
  type ChannelRecord,
  channelRecordSchema,
  type Entry,
  type PaymentRecord,
  paymentRecordSchema,
  type Store,
} from "./store.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS channels (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS payments (
    channel_id TEXT NOT NULL,
    nonce TEXT NOT NULL,
    phase TEXT NOT NULL,
    finished_at REAL NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (channel_id, nonce)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS payments_reserved ON payments (phase) WHERE phase = 'reserved';
  CREATE INDEX IF NOT EXISTS payments_finished ON payments (finished_at);
  CREATE TABLE IF NOT EXISTS bodies (
    channel_id TEXT NOT NULL,
    nonce TEXT NOT NULL,
    finished_at REAL NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (channel_id, nonce)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS bodies_finished ON bodies (finished_at);
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT;
`;

const json = (record: object): string =>
  JSON.stringify(record, (_key, value) => (typeof value === "bigint" ? value.toString() : value));

/** One change waiting for its turn in the next transaction. */
interface Waiting {
  readonly run: () => void;
  readonly settle: (failure: unknown) => void;
}

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    // The lock is held as long as the file is open: a second process would finish the payments that this one serves.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec("BEGIN EXCLUSIVE; COMMIT;");
    database.exec(SCHEMA);
  } catch (cause) {
    database.close();
    throw new Error(
      `The payment store ${file} cannot be opened. If another process uses it, stop that one or give this one its own store: { store: sqliteStore("another-file.sqlite") }.`,
      { cause },
    );
  }
  // It holds the key that signs receipts.
  chmodSync(file, 0o600);
  return database;
}

const opened = new Map<string, { store: Store; users: number }>();

/**
 * A durable store in one file (by default `.tollpass/provider.sqlite` under the working directory). WAL with full
 * synchronisation: what was answered is on disk. One process at a time; within a process, the same file is one store.
 */
export function sqliteStore(file: string = join(process.cwd(), ".tollpass", "provider.sqlite")): Store {
  mkdirSync(dirname(file), { recursive: true });
  const path = join(realpathSync(dirname(file)), file.slice(dirname(file).length));
  const known = opened.get(path);
  if (known) {
    known.users += 1;
    return known.store;
  }
  const entry = { store: create(path), users: 1 };
  opened.set(path, entry);
  return entry.store;
}

function create(file: string): Store {
  const database = open(file);
  const sql = {
    channel: database.prepare("SELECT record FROM channels WHERE id = ?"),
    channels: database.prepare("SELECT record FROM channels"),
    putChannel: database.prepare(
      "INSERT INTO channels (id, record) VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
    ),
    payment: database.prepare("SELECT record FROM payments WHERE channel_id = ? AND nonce = ?"),
    body: database.prepare("SELECT body FROM bodies WHERE channel_id = ? AND nonce = ?"),
    putPayment: database.prepare(
      `INSERT INTO payments (channel_id, nonce, phase, finished_at, record) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET phase = excluded.phase, finished_at = excluded.finished_at, record = excluded.record`,
    ),
    putBody: database.prepare(
      "INSERT INTO bodies (channel_id, nonce, finished_at, body) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
    ),
    finished: database.prepare(
      "SELECT record FROM payments WHERE phase = 'done' ORDER BY finished_at DESC, rowid DESC LIMIT ?",
    ),
    reserved: database.prepare("SELECT record FROM payments WHERE phase = 'reserved'"),
    secret: database.prepare("SELECT secret FROM secrets WHERE name = ?"),
    putSecret: database.prepare("INSERT INTO secrets (name, secret) VALUES (?, ?)"),
    dropBodies: database.prepare("DELETE FROM bodies WHERE finished_at < ?"),
  };
  const channelOf = (row: Record<string, unknown> | undefined): ChannelRecord | undefined =>
    row && channelRecordSchema.parse(JSON.parse(String(row.record)));
  const paymentOf = (row: Record<string, unknown>): PaymentRecord =>
    paymentRecordSchema.parse(JSON.parse(String(row.record)));
  const payment = (channelId: Hex, nonce: bigint): PaymentRecord | undefined => {
    const row = sql.payment.get(channelId, nonce.toString());
    if (!row) return undefined;
    const body = sql.body.get(channelId, nonce.toString())?.body;
    return { ...paymentOf(row), body: body instanceof Uint8Array ? body : undefined };
  };
  const write = ({ channel, payment: changed }: Change<unknown>): void => {
    if (channel) sql.putChannel.run(channel.id, json(channel));
    if (!changed) return;
    const { body, ...record } = changed;
    const nonce = record.nonce.toString();
    sql.putPayment.run(record.channelId, nonce, record.phase, record.finishedAt, json(record));
    if (body) sql.putBody.run(record.channelId, nonce, record.finishedAt, body);
  };

  let waiting: Waiting[] = [];
  /** All changes that came in one turn of the event loop share one transaction, and so one wait for the disk. */
  const commit = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const outcomes: unknown[] = [];
    try {
      database.exec("BEGIN IMMEDIATE");
      for (const [index, { run }] of batch.entries()) {
        // A change that throws has written nothing yet and must not take the others with it.
        database.exec("SAVEPOINT change");
        try {
          run();
        } catch (failure) {
          database.exec("ROLLBACK TO change");
          outcomes[index] = failure ?? new Error("a change failed");
        }
        database.exec("RELEASE change");
      }
      database.exec("COMMIT");
    } catch (failure) {
      if (database.isOpen && database.isTransaction) database.exec("ROLLBACK");
      outcomes.length = 0;
      outcomes.push(...batch.map(() => failure));
    }
    for (const [index, { settle }] of batch.entries()) settle(outcomes[index]);
  };
  const transact = <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      let result: T;
      if (waiting.length === 0) setImmediate(commit);
      waiting.push({
        run: () => {
          result = work();
        },
        settle: (failure) => (failure === undefined ? resolve(result) : reject(failure)),
      });
    });

  const store: Store = {
    atomic: true,
    durable: true,
    update: ({ channelId, nonce }, change) =>
      transact(() => {
        const entry: Entry = {
          channel: channelOf(sql.channel.get(channelId)),
          payment: nonce === undefined ? undefined : payment(channelId, nonce),
        };
        const changed = change(entry);
        write(changed);
        return changed.result;
      }),
    channel: async (channelId) => channelOf(sql.channel.get(channelId)),
    channels: async () => sql.channels.all().map((row) => channelRecordSchema.parse(JSON.parse(String(row.record)))),
    payment: async (channelId, nonce) => payment(channelId, nonce),
    payments: async (limit) => sql.finished.all(limit).map(paymentOf),
    reserved: async () => sql.reserved.all().map(paymentOf),
    secret: (name, make) =>
      transact(() => {
        const known = sql.secret.get(name)?.secret;
        if (typeof known === "string") return known as Hex;
        const made = make();
        sql.putSecret.run(name, made);
        return made;
      }),
    dropBodies: (time) => transact(() => void sql.dropBodies.run(time)),
    async close() {
      const entry = opened.get(file);
      if (entry && --entry.users > 0) return;
      opened.delete(file);
      commit();
      database.close();
    },
  };
  return store;
}
