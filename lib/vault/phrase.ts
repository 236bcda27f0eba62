/** Recovery phrases (BIP-39, English list): making and checking them, and the accounts that follow (BIP-32, BIP-44). */
import { type Address, sha256 } from "viem";
import { english, generateMnemonic, type HDAccount, HDKey, hdKeyToAccount } from "viem/accounts";

/** A checked phrase in its canonical spelling, or the reason why the text is none; `position` counts words from 1. */
export type PhraseCheck =
  | { readonly ok: true; readonly phrase: string }
  | { readonly ok: false; readonly reason: "word_count"; readonly count: number }
  | { readonly ok: false; readonly reason: "unknown_word"; readonly word: string; readonly position: number }
  | { readonly ok: false; readonly reason: "checksum" };

/** So many accounts a wallet has at most: each one's balance is asked for, and each is looked for on chain. */
export const MOST_ACCOUNTS = 10;

const WORD_COUNTS: readonly number[] = [12, 15, 18, 21, 24];
const INDEX_OF: ReadonlyMap<string, number> = new Map(english.map((word, index) => [word, index]));

/** A new phrase of 12 words: 128 bits from the platform's random source. */
export function newPhrase(): string {
  return generateMnemonic(english, 128);
}

/** Checks words, their number and the checksum; case and spacing do not matter. Unknown words are named first. */
export function checkPhrase(text: string): PhraseCheck {
  const words = text.normalize("NFKD").trim().toLowerCase().split(/\s+/).filter(Boolean);
  let bits = "";
  for (const [at, word] of words.entries()) {
    const index = INDEX_OF.get(word);
    if (index === undefined) return { ok: false, reason: "unknown_word", word, position: at + 1 };
    bits += index.toString(2).padStart(11, "0");
  }
  if (!WORD_COUNTS.includes(words.length)) return { ok: false, reason: "word_count", count: words.length };
  return hasChecksum(bits) ? { ok: true, phrase: words.join(" ") } : { ok: false, reason: "checksum" };
}

/** BIP-39: of every 33 bits, 32 are entropy; the rest, at the end, are the first bits of its SHA-256. */
function hasChecksum(bits: string): boolean {
  const checksumLength = bits.length / 33;
  const entropyLength = bits.length - checksumLength;
  const entropy = new Uint8Array(entropyLength / 8);
  for (let at = 0; at < entropy.length; at++) entropy[at] = Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2);
  const [first = 0] = sha256(entropy, "bytes");
  return first.toString(2).padStart(8, "0").slice(0, checksumLength) === bits.slice(entropyLength);
}

/** The BIP-39 seed (64 bytes, no passphrase). The caller clears it after use. */
export async function seedOf(phrase: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", text.encode(phrase), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-512", salt: text.encode("mnemonic"), iterations: 2048 };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, material, 512));
}

/** Addresses of the first `count` accounts of a phrase that `checkPhrase` takes. */
export async function accountsOfPhrase(phrase: string, count: number): Promise<readonly Address[]> {
  const seed = await seedOf(phrase);
  try {
    return Array.from({ length: count }, (_, index) => accountOf(seed, index).address);
  } finally {
    seed.fill(0);
  }
}

/** Account number `index` at m/44'/60'/0'/0/index, the path that other Ethereum wallets use. */
export function accountOf(seed: Uint8Array, index: number): HDAccount {
  return hdKeyToAccount(HDKey.fromMasterSeed(seed), { addressIndex: index });
}
