/** Claims about the signer that is made ready ahead of time. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CURVE = "@noble/curves/secp256k1";
const here = createRequire(import.meta.url);

test("the curve whose table is computed is the one that signs", () => {
  const viem = createRequire(fileURLToPath(import.meta.resolve("viem/accounts")));
  expect(viem.resolve(CURVE)).toBe(here.resolve(CURVE));
});
