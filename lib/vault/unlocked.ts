/**
 * What is kept while the vault is unlocked, in session storage only: the AES key, the time to lock by itself, and the
 * session keys of channels. A woken background finds all of it there; locking removes all of it.
 */
import type { Hex } from "viem";
import { z } from "zod";
import type { StorageArea } from "./ports.ts";
import { autoLockSchema } from "./sealed.ts";

const PREFIX = "vault.";
const UNLOCKED = "vault.unlocked";
const SESSION_KEY = "vault.sessionKey.";
/** A clock may be corrected by this much, in milliseconds, without being taken for one that was set back. */
const CLOCK_TOLERANCE = 5 * 60_000;

const privateKeySchema = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hex);

const unlockedSchema = z.object({
  /** Opens the sealed phrase. */
  key: privateKeySchema,
  /** The `kdf.salt` of the vault that the key belongs to: after a change of password an old key opens nothing. */
  kdfSalt: z.string(),
  touchedAt: z.number(),
  autoLockMinutes: autoLockSchema,
});
export type Unlocked = z.output<typeof unlockedSchema>;

/** When the vault locks by itself, in milliseconds since 1970; undefined: not while the browser runs. */
export function deadlineOf(unlocked: Unlocked): number | undefined {
  return unlocked.autoLockMinutes === null ? undefined : unlocked.touchedAt + unlocked.autoLockMinutes * 60_000;
}

/** The time is up, or the clock runs before the last touch, so that nobody can tell whether it is. */
export function isExpired(unlocked: Unlocked, now: number): boolean {
  const deadline = deadlineOf(unlocked);
  return deadline !== undefined && (now >= deadline || now < unlocked.touchedAt - CLOCK_TOLERANCE);
}

/** The unlocked state, in one read together with the session key of `salt`, if there is one. */
export async function readUnlocked(
  session: StorageArea,
  salt?: Hex,
): Promise<{ unlocked: Unlocked | undefined; sessionKey: Hex | undefined }> {
  const name = salt && SESSION_KEY + salt;
  const items = await session.get(name ? [UNLOCKED, name] : [UNLOCKED]);
  return {
    unlocked: unlockedSchema.safeParse(items[UNLOCKED]).data,
    sessionKey: name ? privateKeySchema.safeParse(items[name]).data : undefined,
  };
}

export async function writeUnlocked(session: StorageArea, unlocked: Unlocked): Promise<void> {
  await session.set({ [UNLOCKED]: unlocked });
}

export async function writeSessionKey(session: StorageArea, salt: Hex, privateKey: Hex): Promise<void> {
  await session.set({ [SESSION_KEY + salt]: privateKey });
}

/** Removes every secret. The state goes first: without it nothing else is used any more. */
export async function clearSession(session: StorageArea): Promise<void> {
  await session.remove([UNLOCKED]);
  const names = Object.keys(await session.get(null)).filter((name) => name.startsWith(PREFIX));
  await session.remove(names);
}
