/**
 * The vault as it lies on disk: the phrase under AES-256-GCM, its key from the password by PBKDF2-SHA256, and beside it
 * everything needed to open it. All that is readable is bound to the ciphertext as associated data.
 */
import { addressSchema } from "@tollpass/protocol";
import { type Address, bytesToHex, type Hex, hexToBytes } from "viem";
import { z } from "zod";

/** Rounds of PBKDF2-SHA256, at least: what OWASP's password storage guide asks for. */
export const MIN_ITERATIONS = 600_000;

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`))
    .transform((text) => text as Hex);

/** Minutes without the person until the vault locks by itself; null: never while the browser runs. */
export const autoLockSchema = z.int().min(1).max(10_080).nullable();

const sealedSchema = z.strictObject({
  version: z.literal(1),
  /** Rises with each write. */
  revision: z.int().positive(),
  kdf: z.strictObject({
    name: z.literal("PBKDF2-SHA256"),
    // The upper bound keeps a forged record from blocking the browser for hours.
    iterations: z.int().min(MIN_ITERATIONS).max(50_000_000),
    salt: hex(16),
  }),
  /** Addresses in the order of their index: public, readable while locked. */
  accounts: z.array(addressSchema).min(1).max(1000),
  autoLockMinutes: autoLockSchema,
  iv: hex(12),
  ciphertext: z
    .string()
    .regex(/^0x(?:[0-9a-f]{2}){17,4096}$/)
    .transform((text) => text as Hex),
  /** SHA-256 over all the above: tells damage on disk from a wrong password. No protection against a forger. */
  digest: hex(32),
});
export type Sealed = z.output<typeof sealedSchema>;
/** The readable part of a vault. */
export type SealedHead = Omit<Sealed, "iv" | "ciphertext" | "digest">;

/** Parameters for a new password: a fresh salt. */
export function newKdf(iterations: number): Sealed["kdf"] {
  return { name: "PBKDF2-SHA256", iterations, salt: bytesToHex(crypto.getRandomValues(new Uint8Array(16))) };
}

/** The AES key of a password, 32 bytes. The same characters typed on another system (NFKC) give the same key. */
export async function deriveKey(password: string, kdf: Sealed["kdf"]): Promise<Hex> {
  const secret = new TextEncoder().encode(password.normalize("NFKC"));
  const material = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: toBytes(kdf.salt), iterations: kdf.iterations };
  return bytesToHex(new Uint8Array(await crypto.subtle.deriveBits(parameters, material, 256)));
}

/** Encrypts the phrase under a fresh IV. */
export async function seal(key: Hex, head: SealedHead, phrase: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: "AES-GCM", iv, additionalData: associatedData(head) };
  const plain = new TextEncoder().encode(phrase);
  const ciphertext = await crypto.subtle.encrypt(parameters, await aesKey(key), plain);
  const body = { ...head, iv: bytesToHex(iv), ciphertext: bytesToHex(new Uint8Array(ciphertext)) };
  return { ...body, digest: await digestOf(body) };
}

/** The phrase, or undefined if the key is not the right one or anything readable was changed. */
export async function unseal(key: Hex, sealed: Sealed): Promise<string | undefined> {
  const parameters = { name: "AES-GCM", iv: toBytes(sealed.iv), additionalData: associatedData(sealed) };
  try {
    const plain = await crypto.subtle.decrypt(parameters, await aesKey(key), toBytes(sealed.ciphertext));
    return new TextDecoder().decode(plain);
  } catch {
    return undefined;
  }
}

/** Parses what was read from disk; undefined if it is not, or not wholly, what once was written. */
export async function parseSealed(stored: unknown): Promise<Sealed | undefined> {
  const parsed = sealedSchema.safeParse(stored);
  if (!parsed.success) return undefined;
  return (await digestOf(parsed.data)) === parsed.data.digest ? parsed.data : undefined;
}

function associatedData(head: SealedHead): Uint8Array<ArrayBuffer> {
  const { version, revision, kdf, autoLockMinutes } = head;
  const accounts: readonly Address[] = head.accounts;
  const fields = ["tollpass recovery phrase", version, revision, kdf.name, kdf.iterations, kdf.salt];
  return new TextEncoder().encode(JSON.stringify([...fields, accounts, autoLockMinutes]));
}

async function digestOf(body: Omit<Sealed, "digest">): Promise<Hex> {
  const bytes = [...associatedData(body), ...hexToBytes(body.iv), ...hexToBytes(body.ciphertext)];
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))));
}

function aesKey(key: Hex): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", toBytes(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** WebCrypto wants bytes that no other thread can share, which viem's type leaves open. */
function toBytes(text: Hex): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hexToBytes(text));
}
