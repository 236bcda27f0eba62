/** The one error of the ledger. None of them leaves a half-written state: what failed was not written at all. */

export type LedgerErrorCode =
  /** IndexedDB is missing, blocked, or was closed by the browser: nothing can be paid. */
  | "unavailable"
  /** The disk or the browser's quota is full: nothing can be paid until there is room. */
  | "full"
  /** A newer version of the extension wrote the database: nothing can be paid by this one. */
  | "newer"
  /** A stored row is not what the ledger writes. */
  | "inconsistent"
  /** The named payment, channel or grant does not exist. */
  | "not_found"
  /** The payment's state does not allow this event (`machine.ts`). */
  | "illegal_transition"
  /** The change would lower a total that may only rise, or touch what is fixed for ever. */
  | "guard";

export class LedgerError extends Error {
  override readonly name = "LedgerError";
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Why nothing can be written or read at all; undefined for any other failure. */
export function storageTrouble(error: unknown): "unavailable" | "full" | "newer" | undefined {
  const code = error instanceof LedgerError ? error.code : undefined;
  return code === "unavailable" || code === "full" || code === "newer" ? code : undefined;
}

/** Names of DOMExceptions and Dexie errors along the chain of causes, outermost first. */
function namesOf(error: unknown): string[] {
  const names: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Object && depth < 6; depth++) {
    const { name, inner, cause } = at as { name?: unknown; inner?: unknown; cause?: unknown };
    if (typeof name === "string") names.push(name);
    at = inner ?? cause;
  }
  return names;
}

const UNAVAILABLE = new Set([
  "AbortError",
  "DatabaseClosedError",
  "InvalidStateError",
  "MissingAPIError",
  "MissingApiError",
  "NotFoundError",
  "OpenFailedError",
  "SecurityError",
  "TimeoutError",
  "TransactionInactiveError",
  "UnknownError",
]);

/** The LedgerError that a failure of the storage means; any other error (a bug) is returned as it is. */
export function asLedgerError(error: unknown): unknown {
  if (error instanceof LedgerError) return error;
  const names = namesOf(error);
  if (names.includes("QuotaExceededError")) {
    return new LedgerError("full", "There is no room left on the disk for the wallet's journal.", { cause: error });
  }
  if (names.includes("VersionError")) {
    return new LedgerError("newer", "A newer version of Tollpass wrote the wallet's journal.", { cause: error });
  }
  if (names.includes("ZodError") || names.includes("$ZodError")) {
    return new LedgerError("inconsistent", "A row of the wallet's journal cannot be read.", { cause: error });
  }
  if (names.some((name) => UNAVAILABLE.has(name))) {
    return new LedgerError("unavailable", "The wallet's journal cannot be opened in this browser.", { cause: error });
  }
  return error;
}
