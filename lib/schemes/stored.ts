/** Pieces of a plan as it lies in the journal: decimal strings at rest, parsed back by schema. */
import { addressSchema, amountSchema, bytes32Schema } from "@tollpass/protocol";
import { z } from "zod";

const chainIdSchema = z.int().positive();

export const contractSchema = z.object({ chainId: chainIdSchema, address: addressSchema });

/** A token with its own EIP-712 domain, from the registry. */
export const tokenDomainSchema = z.object({
  chainId: chainIdSchema,
  address: addressSchema,
  name: z.string(),
  version: z.string(),
});

export const authorizationSchema = z.object({
  from: addressSchema,
  to: addressSchema,
  value: amountSchema,
  validAfter: amountSchema,
  validBefore: amountSchema,
  nonce: bytes32Schema,
});
