/** Addresses, hashes and signatures on the wire: checked for shape and brought to one spelling. */
import type { Address, Hex } from "viem";
import { getAddress } from "viem/utils";
import { z } from "zod";

/** 20 bytes of hex in any case; out comes the EIP-55 checksummed address. A wrong checksum in mixed case is accepted. */
export const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text): Address => getAddress(text.toLowerCase() as Address));

/** Exactly 32 bytes of hex, lower-cased. */
export const bytes32Schema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase() as Hex);

/** An ECDSA signature of 64 (ERC-2098) or 65 bytes. */
export const signatureSchema = z
  .string()
  .regex(/^0x(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/)
  .transform((text) => text.toLowerCase() as Hex);

/** The address that stands for the chain's native coin in a channel (protocol section 2). */
export const NATIVE: Address = "0x0000000000000000000000000000000000000000";
