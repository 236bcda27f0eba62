/** Pays the one-time cost of the signer ahead of the first payment. */
import { secp256k1 } from "@noble/curves/secp256k1";
import { digestOf } from "@tollpass/protocol";
import { privateKeyToAccount } from "viem/accounts";

/** A key that owns nothing, and a message that means nothing. */
const SAMPLE_KEY = `0x${"01".repeat(32)}` as const;

/**
 * Bits that one step of a multiplication takes from its table. The library's own 8 makes a signature 0.2 ms faster and
 * the table, which every start of the background pays for before it can sign, some 25 ms slower.
 */
const TABLE_BITS = 5;

/**
 * Computes the table of secp256k1 and touches the whole path of an EIP-712 signature. The curve is that of viem as long
 * as both resolve to one package, to which a test holds them; otherwise this only costs time.
 */
export async function warmSigner(): Promise<void> {
  secp256k1.utils.precompute(TABLE_BITS);
  const hash = digestOf({
    domain: { name: "warm" },
    types: { Warm: [{ name: "up", type: "uint256" }] },
    primaryType: "Warm",
    message: { up: 0n },
  });
  await privateKeyToAccount(SAMPLE_KEY).sign({ hash });
}
