/**
 * The session key of one channel (`payerSigner`, protocol section 2) and the salt that sets the channel apart.
 *
 * Derivation, so that any tool can repeat it from the phrase and the salt in the channel's `Opened` event:
 *
 *     key = HKDF-SHA512(ikm = BIP-39 seed, salt = "Tollpass channel session key v1",
 *                       info = channel salt (32 bytes) ‖ counter (1 byte), length = 32)
 *
 * as a big-endian number, with the smallest counter from 0 for which 0 < key < n of secp256k1 (0 but for a chance of
 * 2^-128). HKDF is one-way (RFC 5869): a stolen session key reveals neither the phrase nor the key of another channel.
 */
import { bytesToHex, type Hex, hexToBytes, keccak256 } from "viem";

const LABEL = new TextEncoder().encode("Tollpass channel session key v1");
/** Order of the secp256k1 group (SEC 2, section 2.4.1). */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Whether the number is a private key of secp256k1. */
export function isPrivateKey(candidate: bigint): boolean {
  return candidate > 0n && candidate < ORDER;
}

/** The private key of the channel with this salt (32 bytes): the same for the same seed and salt, on every machine. */
export async function deriveSessionKey(seed: Uint8Array<ArrayBuffer>, salt: Hex): Promise<Hex> {
  const material = await crypto.subtle.importKey("raw", seed, "HKDF", false, ["deriveBits"]);
  for (let counter = 0; counter < 256; counter++) {
    const info = new Uint8Array([...hexToBytes(salt, { size: 32 }), counter]);
    const parameters = { name: "HKDF", hash: "SHA-512", salt: LABEL, info };
    const key = bytesToHex(new Uint8Array(await crypto.subtle.deriveBits(parameters, material, 256)));
    if (isPrivateKey(BigInt(key))) return key;
  }
  throw new RangeError("no session key for this salt");
}

/**
 * A salt for a new channel: keccak256(install secret ‖ 32 random bytes). Two devices with one phrase have different
 * install secrets, so they never meet in one channel even if one of them had a broken random source.
 */
export function channelSalt(installSecret: Hex): Hex {
  const random = crypto.getRandomValues(new Uint8Array(32));
  return keccak256(new Uint8Array([...hexToBytes(installSecret), ...random]));
}
