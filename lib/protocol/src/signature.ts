/** Who signed a typed-data message: ECDSA only, in the one canonical form that the channel contract accepts. */
import type { Address, Hex } from "viem";
import { recoverAddress } from "viem/utils";
import { type AnyTypedData, digestOf } from "./digest.ts";

const SIGNATURE = /^0x(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/;
/** Half of the order of secp256k1. Above it lies the mirror image of every signature (EIP-2). */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const HIGH_BIT = 1n << 255n;

/**
 * The checksummed address whose key signed the message, or undefined if the signature is none: 65 bytes with v 27 or
 * 28, or 64 bytes (ERC-2098); s in the lower half. Never rejects, whatever it is given.
 */
export async function recoverSigner(typedData: AnyTypedData, signature: string): Promise<Address | undefined> {
  try {
    const canonical = canonicalSignature(signature);
    if (!canonical) return undefined;
    return await recoverAddress({ hash: digestOf(typedData), signature: canonical });
  } catch {
    return undefined;
  }
}

/** Whether `signer` signed the message in the canonical form of `recoverSigner`. Never rejects. */
export async function verifySignature(typedData: AnyTypedData, signature: string, signer: Address): Promise<boolean> {
  const recovered = await recoverSigner(typedData, signature);
  return recovered !== undefined && recovered.toLowerCase() === signer.toLowerCase();
}

/** The 65-byte form of a canonical signature, or undefined. */
function canonicalSignature(signature: string): Hex | undefined {
  if (typeof signature !== "string" || !SIGNATURE.test(signature)) return undefined;
  const r = BigInt(`0x${signature.slice(2, 66)}`);
  let s = BigInt(`0x${signature.slice(66, 130)}`);
  let v: number;
  if (signature.length === 132) {
    v = Number.parseInt(signature.slice(130), 16);
  } else {
    v = s >= HIGH_BIT ? 28 : 27;
    s &= HIGH_BIT - 1n;
  }
  if ((v !== 27 && v !== 28) || r === 0n || s === 0n || s > HALF_ORDER) return undefined;
  return `0x${signature.slice(2, 66)}${s.toString(16).padStart(64, "0")}${v.toString(16)}`;
}
