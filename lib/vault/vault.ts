/** The vault: when it is open and when it is closed, and what may be signed while it is open. */

import { digestOf } from "@tollpass/protocol";
import type { Address, Hex } from "viem";
import { type HDAccount, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { attempt, forgetAttempts } from "./attempts.ts";
import { copiesIn, type Stored } from "./copies.ts";
import { VaultError } from "./error.ts";
import { forgetInstallSecret, installSecret } from "./install.ts";
import { accountOf, checkPhrase, newPhrase, seedOf } from "./phrase.ts";
import type { VaultPorts } from "./ports.ts";
import { createQueue } from "./queue.ts";
import { readOnce } from "./readOnce.ts";
import {
  autoLockSchema,
  deriveKey,
  MIN_ITERATIONS,
  newKdf,
  type Sealed,
  type SealedHead,
  seal,
  unseal,
} from "./sealed.ts";
import { channelSalt, deriveSessionKey } from "./sessionKey.ts";
import type { Vault, VaultLook } from "./types.ts";
import {
  clearSession,
  deadlineOf,
  isExpired,
  readUnlocked,
  type Unlocked,
  writeSessionKey,
  writeUnlocked,
} from "./unlocked.ts";
import { warmSigner } from "./warm.ts";

/**
 * Eight hours without the person: a wallet pays a working day long without asking, and an evening later it is locked.
 * What is reachable until then without a password is bounded by budgets, not by this time.
 */
export const DEFAULT_AUTO_LOCK_MINUTES = 480;
export const MIN_PASSWORD_LENGTH = 8;

/** `iterations`: rounds of PBKDF2 for what is written from now on, never below `MIN_ITERATIONS`. */
export interface VaultOptions {
  readonly iterations?: number;
}

interface Opened {
  readonly sealed: Sealed;
  readonly key: Hex;
  readonly phrase: string;
}

/**
 * The vault over its storage. It keeps nothing in memory that is not there too: a later one on the same ports goes on as
 * is. There is one at a time, so that the session's secrets are read once.
 */
export function createVault(ports: VaultPorts, options: VaultOptions = {}): Vault {
  const { local, now } = ports;
  const session = readOnce(ports.session);
  const copies = copiesIn(ports);
  const iterations = Math.max(options.iterations ?? MIN_ITERATIONS, MIN_ITERATIONS);
  const queue = createQueue();
  /** Public keys of session keys, costly to compute. */
  const signers = new Map<Hex, PrivateKeyAccount>();

  /** In the queue, after an overdue lock has been made up for. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    return queue(async () => {
      await current();
      return work();
    });
  }

  /** What session storage holds, in the queue; an overdue lock falls first. */
  async function current(): Promise<Unlocked | undefined> {
    const { unlocked } = await readUnlocked(session);
    if (!unlocked || !isExpired(unlocked, now())) return unlocked;
    await forget();
    return undefined;
  }

  function look(read: () => Promise<Stored>): Promise<VaultLook> {
    return queue(async () => {
      const [unlocked, stored] = await Promise.all([current(), read()]);
      if (stored.kind !== "intact") return { status: stored.kind };
      const { accounts, kdf } = stored.sealed;
      return { status: unlocked?.kdfSalt === kdf.salt ? "unlocked" : "locked", accounts };
    });
  }

  async function forget(): Promise<void> {
    signers.clear();
    await clearSession(session);
  }

  async function load(): Promise<{ sealed: Sealed; repair: boolean }> {
    const stored = await copies.read();
    if (stored.kind !== "intact") throw new VaultError(stored.kind);
    return stored;
  }

  /** Opens the vault with a password, counting wrong ones. */
  async function openWith(password: string): Promise<Opened & { repair: boolean }> {
    const { sealed, repair } = await load();
    const opened = await attempt(local, now, async () => {
      const key = await deriveKey(password, sealed.kdf);
      const phrase = await unseal(key, sealed);
      return phrase === undefined ? undefined : { key, phrase };
    });
    return { ...opened, sealed, repair };
  }

  /** Opens the vault with the key in session storage. */
  async function openUnlocked(): Promise<Opened & { unlocked: Unlocked }> {
    const { unlocked } = await readUnlocked(session);
    if (!unlocked) throw new VaultError("locked");
    const { sealed } = await load();
    if (unlocked.kdfSalt !== sealed.kdf.salt) {
      await forget();
      throw new VaultError("locked");
    }
    const phrase = await unseal(unlocked.key, sealed);
    if (phrase === undefined) throw new VaultError("damaged");
    return { unlocked, sealed, key: unlocked.key, phrase };
  }

  /** Seals the phrase again with changes to what is readable beside it. */
  async function rewrite(opened: Opened, changes: Partial<SealedHead>): Promise<Sealed> {
    const { version, kdf, accounts, autoLockMinutes, revision } = opened.sealed;
    const head = { version, kdf, accounts, autoLockMinutes, ...changes, revision: revision + 1 };
    const sealed = await seal(opened.key, head, opened.phrase);
    await copies.write(sealed, opened.key);
    return sealed;
  }

  /**
   * Seals the phrase under a new key. Locks first: a background that dies in between must not leave a session that is
   * half open, with session keys that sign and a phrase key that fits no more.
   */
  async function rekey(opened: Opened, password: string): Promise<{ sealed: Sealed; key: Hex }> {
    const kdf = newKdf(iterations);
    const key = await deriveKey(password, kdf);
    await forget();
    return { sealed: await rewrite({ ...opened, key }, { kdf }), key };
  }

  function remember(sealed: Sealed, key: Hex): Promise<void> {
    const { kdf, autoLockMinutes } = sealed;
    return writeUnlocked(session, { key, kdfSalt: kdf.salt, touchedAt: now(), autoLockMinutes });
  }

  function withAccount<T>(address: Address, use: (account: HDAccount) => Promise<T>): Promise<T> {
    return inTurn(async () => {
      const { phrase, sealed } = await openUnlocked();
      const index = sealed.accounts.findIndex((known) => known.toLowerCase() === address.toLowerCase());
      if (index < 0) throw new VaultError("unknown_account");
      return withSeed(phrase, (seed) => use(accountOf(seed, index)));
    });
  }

  async function sessionAccount(salt: Hex): Promise<PrivateKeyAccount> {
    const { unlocked, sessionKey } = await readUnlocked(session, salt);
    if (!unlocked) throw new VaultError("locked");
    if (sessionKey && !isExpired(unlocked, now())) return signerOf(sessionKey);
    return inTurn(async () => {
      const { phrase } = await openUnlocked();
      const privateKey = await withSeed(phrase, (seed) => deriveSessionKey(seed, salt));
      await writeSessionKey(session, salt, privateKey);
      return signerOf(privateKey);
    });
  }

  function signerOf(privateKey: Hex): PrivateKeyAccount {
    const known = signers.get(privateKey);
    if (known) return known;
    const account = privateKeyToAccount(privateKey);
    signers.set(privateKey, account);
    return account;
  }

  return {
    status: async () => (await look(copies.read)).status,

    look: () => look(copies.recall),

    isUnlocked: () => queue(async () => (await current()) !== undefined),

    create: (password, { phrase: text } = {}) =>
      inTurn(async () => {
        requireStrong(password);
        const phrase = text === undefined ? newPhrase() : requirePhrase(text);
        if ((await copies.read()).kind !== "absent") throw new VaultError("exists");
        await forget();
        const kdf = newKdf(iterations);
        const key = await deriveKey(password, kdf);
        const accounts = [await withSeed(phrase, async (seed) => accountOf(seed, 0).address)];
        const autoLockMinutes = DEFAULT_AUTO_LOCK_MINUTES;
        const sealed = await seal(key, { version: 1, revision: 1, kdf, accounts, autoLockMinutes }, phrase);
        await copies.write(sealed, key);
        await forgetAttempts(local);
        await remember(sealed, key);
      }),

    unlock: (password) =>
      inTurn(async () => {
        const opened = await openWith(password);
        await requireOwnAccounts(opened);
        if (opened.sealed.kdf.iterations < iterations) {
          const { sealed, key } = await rekey(opened, password);
          return remember(sealed, key);
        }
        if (opened.repair) await copies.write(opened.sealed, opened.key);
        return remember(opened.sealed, opened.key);
      }),

    lock: () => queue(forget),

    touch: () =>
      inTurn(async () => {
        const { unlocked } = await readUnlocked(session);
        if (unlocked) await writeUnlocked(session, { ...unlocked, touchedAt: now() });
      }),

    lockDeadline: () =>
      inTurn(async () => {
        const { unlocked } = await readUnlocked(session);
        return unlocked && deadlineOf(unlocked);
      }),

    setAutoLock: (minutes) =>
      inTurn(async () => {
        const autoLockMinutes = autoLockSchema.parse(minutes);
        const opened = await openUnlocked();
        const sealed = await rewrite(opened, { autoLockMinutes });
        await remember(sealed, opened.key);
      }),

    autoLockMinutes: async () => (await load()).sealed.autoLockMinutes,

    accounts: async () => (await load()).sealed.accounts,

    addAccount: () =>
      inTurn(async () => {
        const opened = await openUnlocked();
        const { accounts } = opened.sealed;
        const { address } = await withSeed(opened.phrase, async (seed) => accountOf(seed, accounts.length));
        await rewrite(opened, { accounts: [...accounts, address] });
        return address;
      }),

    accountsAhead: (count) =>
      inTurn(async () => {
        const { phrase, sealed } = await openUnlocked();
        const first = sealed.accounts.length;
        return withSeed(phrase, async (seed) =>
          Array.from({ length: count }, (_, index) => accountOf(seed, first + index).address),
        );
      }),

    revealPhrase: (password) => inTurn(async () => (await openWith(password)).phrase),

    changePassword: (password, next) =>
      inTurn(async () => {
        requireStrong(next);
        const opened = await openWith(password);
        await requireOwnAccounts(opened);
        const { unlocked } = await readUnlocked(session);
        const { sealed, key } = await rekey(opened, next);
        if (unlocked) await writeUnlocked(session, { ...unlocked, key, kdfSalt: sealed.kdf.salt });
      }),

    wipe: () =>
      queue(async () => {
        await forget();
        await copies.remove();
        await forgetAttempts(local);
        await forgetInstallSecret(local);
      }),

    signWithAccount: (address, typedData) =>
      withAccount(address, (account) => account.sign({ hash: digestOf(typedData) })),

    signTransaction: (address, transaction) => withAccount(address, (account) => account.signTransaction(transaction)),

    newChannelSalt: () => queue(async () => channelSalt(await installSecret(local))),

    sessionSigner: async (salt) => (await sessionAccount(salt)).address,

    signWithSession: async (salt, typedData) => (await sessionAccount(salt)).sign({ hash: digestOf(typedData) }),

    warm: warmSigner,
  };
}

/** The seed is cleared once it was used, as far as a language with garbage collection lets one. */
async function withSeed<T>(phrase: string, use: (seed: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
  const seed = await seedOf(phrase);
  try {
    return await use(seed);
  } finally {
    seed.fill(0);
  }
}

/** The addresses on disk are shown to the person as theirs, so they have to follow from the phrase. */
async function requireOwnAccounts({ phrase, sealed }: Opened): Promise<void> {
  const own = await withSeed(phrase, async (seed) => sealed.accounts.map((_, index) => accountOf(seed, index).address));
  if (own.some((address, index) => address !== sealed.accounts[index])) throw new VaultError("damaged");
}

function requireStrong(password: string): void {
  if ([...password].length < MIN_PASSWORD_LENGTH) throw new VaultError("too_weak");
}

function requirePhrase(text: string): string {
  const check = checkPhrase(text);
  if (!check.ok) throw new VaultError("bad_phrase");
  return check.phrase;
}
