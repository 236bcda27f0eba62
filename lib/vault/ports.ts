/** What the vault needs from the world around it. */

/** A key-value store of JSON values in the shape of `browser.storage.local`. One `set` is kept as a whole or not. */
export interface StorageArea {
  get(keys: string[] | null): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

export interface VaultPorts {
  /** Survives the browser: `storage.local`. Holds nothing secret in the clear. */
  readonly local: StorageArea;
  /**
   * Survives the background, not the browser: `storage.session`, which must be readable by trusted contexts only
   * (`setAccessLevel`). Holds secrets while the vault is unlocked.
   */
  readonly session: StorageArea;
  /** Where the second copy is kept: best a store that does not break together with `local`. Default: `local`. */
  readonly spare?: StorageArea;
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number;
}
