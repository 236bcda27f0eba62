/** Claims about the signer that is made ready ahead of time. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { secp256k1 } from "@noble/curves/secp256k1";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test, vi } from "vitest";
import { warmSigner } from "./warm.ts";

const CURVE = "@noble/curves/secp256k1";
const here = createRequire(import.meta.url);

test("the curve whose table is computed is the one that signs", () => {
  const viem = createRequire(fileURLToPath(import.meta.resolve("viem/accounts")));
  expect(viem.resolve(CURVE)).toBe(here.resolve(CURVE));
});

test("warming computes the table that the first signature would have to compute, and no later one does", async () => {
  const additions = vi.spyOn(secp256k1.ProjectivePoint.prototype, "add");
  await warmSigner();
  const warming = additions.mock.calls.length;
  additions.mockClear();
  await privateKeyToAccount(`0x${"02".repeat(32)}`).sign({ hash: `0x${"ab".repeat(32)}` });
  // A table of 5 bits has 52 windows of 16 points; two multiplications (key, nonce) add twice a window and two results.
  expect(additions.mock.calls.length).toBeLessThan(5 * 52);
  expect(warming - additions.mock.calls.length).toBeGreaterThan(52 * 8);
  additions.mockRestore();
});
