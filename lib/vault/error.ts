/** The one error of the vault: what could not be done with the keys, and why. */

/**
 * - `locked`: the keys are not available until the password is given.
 * - `wrong_password`: the password does not open the vault; `retryAt` says when the next one may be tried.
 * - `too_many_attempts`: not tried at all, because of wrong passwords before; `retryAt` says when to come back.
 * - `absent`: there is no vault yet. `exists`: there is one already, nothing was overwritten.
 * - `damaged`: neither copy on disk can be read, or what is in it contradicts itself; the phrase brings it back.
 * - `too_weak`: the new password is too short. `bad_phrase`: not a recovery phrase.
 * - `unknown_account`: the address is not one of this vault's accounts.
 * - `storage_failed`: the browser did not keep what was written; nothing relies on it.
 */
export type VaultErrorCode =
  | "locked"
  | "wrong_password"
  | "too_many_attempts"
  | "absent"
  | "exists"
  | "damaged"
  | "too_weak"
  | "bad_phrase"
  | "unknown_account"
  | "storage_failed";

const WORDS: Readonly<Record<VaultErrorCode, string>> = {
  locked: "The wallet is locked.",
  wrong_password: "This password does not open the wallet.",
  too_many_attempts: "Too many wrong passwords. Wait a little before the next one.",
  absent: "There is no wallet here yet.",
  exists: "There is a wallet here already. Nothing was changed.",
  damaged: "The stored wallet cannot be read. Import your recovery phrase to bring it back.",
  too_weak: "The password needs at least 8 characters.",
  bad_phrase: "This is not a recovery phrase.",
  unknown_account: "This account does not belong to the wallet.",
  storage_failed: "The browser could not save the wallet. Nothing was changed.",
};

/** `code` is stable; `message` is for people; `retryAt` in milliseconds since 1970, where waiting helps. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly code: VaultErrorCode;
  readonly retryAt: number | undefined;

  constructor(code: VaultErrorCode, details: { retryAt?: number; cause?: unknown } = {}) {
    super(WORDS[code], { cause: details.cause });
    this.code = code;
    this.retryAt = details.retryAt;
  }
}
