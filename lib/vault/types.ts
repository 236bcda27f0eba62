/** What the rest of the wallet can ask of the vault. */
import type { Address, Hex, TransactionSerializable, TypedDataDefinition } from "viem";

/** `damaged`: something is stored, but neither copy can be read; only `wipe` and an import of the phrase help. */
export type VaultStatus = "absent" | "locked" | "unlocked" | "damaged";

/** Accounts by index, of a vault that can be read. */
export type VaultLook =
  | { readonly status: "absent" | "damaged" }
  | { readonly status: "locked" | "unlocked"; readonly accounts: readonly Address[] };

/**
 * The keys of one person. Every method may throw `VaultError`; where it says *unlocked*, `locked` is thrown otherwise,
 * also once the deadline has passed. Secrets leave it through `revealPhrase` alone. Methods may be called at any time
 * and in parallel: what writes is done one after the other.
 */
export interface Vault {
  /** As the disk has it now. */
  status(): Promise<VaultStatus>;
  /**
   * The status and, of an intact vault, its accounts. What lies on the disk is as it was last read or written in this
   * life of the background, the lock as it is now: every payment looks, and asks no disk for it.
   */
  look(): Promise<VaultLook>;
  /** Whether there is anything to sign with right now. Reads session storage only: quicker than `status`. */
  isUnlocked(): Promise<boolean>;

  /**
   * Makes a vault, from `phrase` or from a new one, and leaves it unlocked. Throws `too_weak`, `bad_phrase`, or `exists`
   * if anything is stored already, even if it is damaged.
   */
  create(password: string, options?: { readonly phrase?: string }): Promise<void>;

  /** Throws `wrong_password` or `too_many_attempts`. Repairs a broken copy and raises outdated parameters on the way. */
  unlock(password: string): Promise<void>;

  /** Removes every secret from session storage: nothing signs until the next `unlock`. */
  lock(): Promise<void>;

  /** The person was here: the time until the vault locks by itself starts anew. Never called for what a page does. */
  touch(): Promise<void>;

  /** When the vault locks by itself, in milliseconds since 1970; undefined if it is locked or never does. */
  lockDeadline(): Promise<number | undefined>;

  /** *Unlocked.* Minutes without the person until the vault locks (1 to 10,080); null: only when the browser ends. */
  setAutoLock(minutes: number | null): Promise<void>;
  /** The setting, also while locked. Throws `absent` or `damaged`. */
  autoLockMinutes(): Promise<number | null>;

  /**
   * Addresses by index, first the one that is there from the start. Also while locked; that they follow from the phrase
   * is checked at each unlock. Throws `absent`, `damaged`.
   */
  accounts(): Promise<readonly Address[]>;

  /** *Unlocked.* Adds the account of the next index and returns its address. */
  addAccount(): Promise<Address>;

  /** *Unlocked.* Addresses of the next `count` accounts, none of which is added. */
  accountsAhead(count: number): Promise<readonly Address[]>;

  /** The recovery phrase, for the person's eyes. Asks for the password even while unlocked. */
  revealPhrase(password: string): Promise<string>;

  /** Encrypts anew under another password; an unlocked vault stays unlocked. Throws as `unlock`, and `too_weak`. */
  changePassword(password: string, next: string): Promise<void>;

  /** Forgets everything, without a password. Only the phrase brings the money back. */
  wipe(): Promise<void>;

  /**
   * *Unlocked.* Signs EIP-712 typed data with an account's own key, which is decrypted for this one signature.
   * Deterministic (RFC 6979): the same bytes each time. Throws `unknown_account`.
   */
  signWithAccount(address: Address, typedData: TypedDataDefinition): Promise<Hex>;

  /** *Unlocked.* The signed transaction, ready to be sent. The key is decrypted for this one signature. */
  signTransaction(address: Address, transaction: TransactionSerializable): Promise<Hex>;

  /**
   * A salt for a new channel: 32 bytes into which a secret of this installation went, so that two devices with one
   * phrase never share a channel. Store it with the channel: it cannot be made again.
   */
  newChannelSalt(): Promise<Hex>;

  /** *Unlocked.* The address (`payerSigner`) of the session key that belongs to the phrase and this salt. */
  sessionSigner(salt: Hex): Promise<Address>;

  /**
   * *Unlocked.* Signs with the session key of a channel. After the first time no phrase is decrypted for it, also not
   * in a background that was restarted. Deterministic: the same bytes each time.
   */
  signWithSession(salt: Hex, typedData: TypedDataDefinition): Promise<Hex>;

  /** Builds the signer's tables ahead of time; the first signature after a cold start costs tens of ms without them. */
  warm(): Promise<void>;
}
