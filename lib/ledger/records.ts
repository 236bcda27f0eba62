/** Records of one kind in one table: parsed when read, written as rows with the fields that the table's indexes need. */
import type { Table } from "dexie";
import { LedgerError } from "./errors.ts";
import type { Row } from "./migrations.ts";
import { toRow } from "./rows.ts";

const READ_FAILED = "A row of the wallet's journal cannot be read.";

interface Schema<T> {
  safeParse(row: unknown): { success: true; data: T } | { success: false; error: unknown };
}

/** The record of a stored row. Throws `inconsistent` if the ledger cannot have written it. */
export function parse<T>(schema: Schema<T>, row: unknown): T {
  const result = schema.safeParse(row);
  if (!result.success) throw new LedgerError("inconsistent", READ_FAILED, { cause: result.error });
  return result.data;
}

/** One table of records: rows are parsed when read and written as `toRow` says, with the fields that its indexes need. */
export class Records<T> {
  readonly table: Table<Row>;
  readonly #schema: Schema<T>;
  readonly #indexed: (record: T) => Row;
  readonly #writing: () => void;

  constructor(table: Table<Row>, schema: Schema<T>, writing: () => void, indexed: (record: T) => Row) {
    this.table = table;
    this.#writing = writing;
    this.#schema = schema;
    this.#indexed = indexed;
  }

  async get(key: string | string[]): Promise<T | undefined> {
    const row = await this.table.get(key);
    return row === undefined ? undefined : parse(this.#schema, row);
  }

  /** All rows where an index equals a value. Only for indexes with few rows per value. */
  async where(index: string, value: string | string[] | number): Promise<T[]> {
    return this.read(await this.table.where(index).equals(value).toArray());
  }

  async all(): Promise<T[]> {
    return this.read(await this.table.toArray());
  }

  /** All rows (or those given) that can be read, and how many cannot. */
  async whatCanBeRead(rows?: readonly Row[]): Promise<{ readonly records: readonly T[]; readonly unreadable: number }> {
    const parsed = (rows ?? (await this.table.toArray())).map((row) => this.#schema.safeParse(row));
    const records = parsed.flatMap((result) => (result.success ? [result.data] : []));
    return { records, unreadable: parsed.length - records.length };
  }

  read(rows: readonly Row[]): T[] {
    return rows.map((row) => parse(this.#schema, row));
  }

  /** Throws ConstraintError if the key or a unique index is taken. */
  async add(record: T): Promise<void> {
    this.#writing();
    await this.table.add(this.#row(record));
  }

  async put(record: T): Promise<void> {
    this.#writing();
    await this.table.put(this.#row(record));
  }

  #row(record: T): Row {
    return { ...(toRow(record) as Row), ...this.#indexed(record) };
  }
}
