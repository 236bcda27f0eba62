/** Recovery phrases: the wallet's own reading of BIP-39 against viem's. */
import fc from "fast-check";
import { bytesToHex } from "viem";
import { english, generateMnemonic, mnemonicToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { accountOf, checkPhrase, newPhrase, seedOf } from "./phrase.ts";

const TEST_PHRASE = "test test test test test test test test test test test junk";

test("a new phrase has 12 words, is good, and is another one each time", () => {
  const [one, two] = [newPhrase(), newPhrase()];
  expect(one.split(" ")).toHaveLength(12);
  expect(checkPhrase(one)).toEqual({ ok: true, phrase: one });
  expect(one).not.toBe(two);
});

test("phrases of every length that other wallets make are good", () => {
  for (const strength of [128, 160, 192, 224, 256]) {
    const phrase = generateMnemonic(english, strength);
    expect(checkPhrase(phrase)).toEqual({ ok: true, phrase });
  }
});

test("spacing and case do not matter", () => {
  expect(checkPhrase(`  Test TEST\ttest test test test\n test test test test test junk `)).toEqual({
    ok: true,
    phrase: TEST_PHRASE,
  });
});

test("what is wrong is named: the word and its place, the number of words, or the checksum", () => {
  expect(checkPhrase(TEST_PHRASE.replace("junk", "jnuk"))).toEqual({
    ok: false,
    reason: "unknown_word",
    word: "jnuk",
    position: 12,
  });
  expect(checkPhrase("test test test")).toEqual({ ok: false, reason: "word_count", count: 3 });
  expect(checkPhrase("")).toEqual({ ok: false, reason: "word_count", count: 0 });
  expect(checkPhrase(TEST_PHRASE.replace("junk", "test"))).toEqual({ ok: false, reason: "checksum" });
});

test("of all last words exactly those are good that carry the checksum", () => {
  const eleven = TEST_PHRASE.split(" ").slice(0, 11).join(" ");
  const good = english.filter((word) => checkPhrase(`${eleven} ${word}`).ok);
  // 128 bits of entropy leave 7 free bits in the last word and 4 of checksum.
  expect(good).toHaveLength(128);
  expect(good).toContain("junk");
});

test("no text makes the check throw", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(typeof checkPhrase(text).ok).toBe("boolean");
    }),
  );
});

test("the seed is the one of the BIP-39 test vectors", async () => {
  // Trezor's vectors use a passphrase; this one, without, is from the BIP-32 tools that wallets are checked with.
  const phrase = `${"abandon ".repeat(11)}about`;
  expect(bytesToHex(await seedOf(phrase))).toBe(
    "0x5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4",
  );
});

test("accounts are those of every other Ethereum wallet", async () => {
  const phrase = newPhrase();
  const seed = await seedOf(phrase);
  for (const index of [0, 1, 7]) {
    expect(accountOf(seed, index).address).toBe(mnemonicToAccount(phrase, { addressIndex: index }).address);
  }
  expect(accountOf(await seedOf(TEST_PHRASE), 0).address).toBe("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
});
