/** Wrong passwords are counted on disk, and each costs a longer wait than the one before. */
import { z } from "zod";
import { VaultError } from "./error.ts";
import type { StorageArea } from "./ports.ts";

const ATTEMPTS = "vault.attempts";
const FREE = 3;
const LONGEST_WAIT = 5 * 60_000;

const attemptsSchema = z.object({ failures: z.int().nonnegative(), lastAt: z.number() });

/** Milliseconds to wait after so many wrong passwords in a row: none for the first three, then 2 s doubling to 5 min. */
export function waitAfter(failures: number): number {
  return failures < FREE ? 0 : Math.min(1_000 * 2 ** (failures - FREE + 1), LONGEST_WAIT);
}

/**
 * Runs one try of a password. It is counted before it is made, so that killing the background in between gains nothing;
 * the count is cleared when the try returns something. Throws `too_many_attempts` without trying while waiting is due.
 */
export async function attempt<T>(
  local: StorageArea,
  now: () => number,
  tryPassword: () => Promise<T | undefined>,
): Promise<T> {
  const parsed = attemptsSchema.safeParse((await local.get([ATTEMPTS]))[ATTEMPTS]);
  const { failures, lastAt } = parsed.success ? parsed.data : { failures: 0, lastAt: 0 };
  const time = now();
  // A clock that was set back must not make the wait longer than it ever is.
  const since = Math.min(lastAt, time);
  if (since !== lastAt) await count(local, failures, since);
  const retryAt = since + waitAfter(failures);
  if (failures > 0 && time < retryAt) throw new VaultError("too_many_attempts", { retryAt });

  await count(local, failures + 1, time);
  const result = await tryPassword();
  if (result === undefined) throw new VaultError("wrong_password", { retryAt: time + waitAfter(failures + 1) });
  await local.remove([ATTEMPTS]);
  return result;
}

async function count(local: StorageArea, failures: number, lastAt: number): Promise<void> {
  try {
    await local.set({ [ATTEMPTS]: { failures, lastAt } });
  } catch (cause) {
    throw new VaultError("storage_failed", { cause });
  }
}

export async function forgetAttempts(local: StorageArea): Promise<void> {
  await local.remove([ATTEMPTS]);
}
