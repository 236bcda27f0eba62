/** Pays the one-time cost of the signer ahead of the first payment. */
import { privateKeyToAccount } from "viem/accounts";

/** A key that owns nothing, and a message that means nothing. */
const SAMPLE_KEY = `0x${"01".repeat(32)}` as const;

/** Computes the tables of secp256k1 and touches the whole path of an EIP-712 signature. */
export async function warmSigner(): Promise<void> {
  await privateKeyToAccount(SAMPLE_KEY).signTypedData({
    domain: { name: "warm" },
    types: { Warm: [{ name: "up", type: "uint256" }] },
    primaryType: "Warm",
    message: { up: 0n },
  });
}
