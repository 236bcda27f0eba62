/** Session keys: repeatable from phrase and salt by an independent implementation, and apart from each other. */
import { hkdfSync } from "node:crypto";
import fc from "fast-check";
import { bytesToHex, type Hex } from "viem";
import { expect, test } from "vitest";
import { channelSalt, deriveSessionKey, isPrivateKey } from "./sessionKey.ts";

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => new Uint8Array(array));

test("the derivation is the documented one", async () => {
  await fc.assert(
    fc.asyncProperty(bytes(64), bytes(32), async (seed, salt) => {
      const info = new Uint8Array([...salt, 0]);
      const expected = hkdfSync("sha512", seed, "Tollpass channel session key v1", info, 32);
      expect(await deriveSessionKey(seed, bytesToHex(salt))).toBe(bytesToHex(new Uint8Array(expected)));
    }),
  );
});

test("another salt or another seed gives another key", async () => {
  await fc.assert(
    fc.asyncProperty(bytes(64), bytes(32), fc.nat(95), async (seed, salt, at) => {
      const otherSeed = seed.map((byte, index) => (index === at ? byte ^ 1 : byte));
      const otherSalt = salt.map((byte, index) => (index === at - 64 ? byte ^ 1 : byte));
      const key = await deriveSessionKey(seed, bytesToHex(salt));
      expect(await deriveSessionKey(otherSeed, bytesToHex(otherSalt))).not.toBe(key);
    }),
  );
});

test("numbers that are no private key are rejected", () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  expect([0n, order, order + 1n, 2n ** 256n - 1n].map(isPrivateKey)).toEqual([false, false, false, false]);
  expect([1n, order - 1n].map(isPrivateKey)).toEqual([true, true]);
});

test("a salt of the wrong length is refused", async () => {
  await expect(deriveSessionKey(new Uint8Array(64), `0x${"00".repeat(33)}`)).rejects.toThrow();
});

test("the same install secret never gives the same salt twice", () => {
  const secret: Hex = `0x${"11".repeat(32)}`;
  const salts = Array.from({ length: 1000 }, () => channelSalt(secret));
  expect(new Set(salts).size).toBe(1000);
});
