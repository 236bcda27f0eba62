/** Keys: the recovery phrase under a password, the lock, and every signature that the wallet makes. */
export { VaultError, type VaultErrorCode } from "./error.ts";
export { accountsOfPhrase, checkPhrase, MOST_ACCOUNTS, type PhraseCheck } from "./phrase.ts";
export type { StorageArea, VaultPorts } from "./ports.ts";
export type { Vault, VaultLook, VaultStatus } from "./types.ts";
export { createVault, DEFAULT_AUTO_LOCK_MINUTES, MIN_PASSWORD_LENGTH, type VaultOptions } from "./vault.ts";
