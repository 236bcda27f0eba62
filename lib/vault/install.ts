/** The secret of this installation: made once, independent of the phrase, mixed into every channel salt. */
import { bytesToHex, type Hex } from "viem";
import { z } from "zod";
import { VaultError } from "./error.ts";
import type { StorageArea } from "./ports.ts";

const INSTALL = "vault.install";

const secretSchema = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hex);

/**
 * The 32 bytes of this installation, made on first use. They move no money: they only set this device's channels apart
 * from those of another one with the same phrase, so losing them costs nothing. Called from one queue only.
 */
export async function installSecret(local: StorageArea): Promise<Hex> {
  const stored = secretSchema.safeParse((await local.get([INSTALL]))[INSTALL]);
  if (stored.success) return stored.data;
  const secret = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
  try {
    await local.set({ [INSTALL]: secret });
  } catch (cause) {
    throw new VaultError("storage_failed", { cause });
  }
  return secret;
}

export async function forgetInstallSecret(local: StorageArea): Promise<void> {
  await local.remove([INSTALL]);
}
