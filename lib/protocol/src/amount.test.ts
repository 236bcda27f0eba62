/** Claims about money as text: exact to the unit, never rounded to zero, nothing accepted that is not an amount. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  amountSchema,
  formatDollars,
  formatUnits,
  MAX_AMOUNT,
  nonceSchema,
  parseAmount,
  parsePrice,
} from "./amount.ts";
import { ProtocolError } from "./error.ts";
import { parsePlainHeaders, plainHeadersAgree, plainHeadersOf } from "./plainHeaders.ts";
import { chainIdOf, findToken, NETWORKS } from "./registry.ts";
import { plainText } from "./text.ts";

const amount = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
const decimals = fc.integer({ min: 0, max: 18 });

describe("an amount", () => {
  test("goes round through its digits", () => {
    fc.assert(
      fc.property(amount, (value) => {
        expect(parseAmount(value.toString())).toBe(value);
      }),
    );
  });

  test("is nothing but digits without a leading zero, below 2^96", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue(),
          amount.map((value) => `0${value}`),
        ),
        (input) => {
          const canonical = typeof input === "string" && /^(0|[1-9][0-9]*)$/.test(input) && BigInt(input) <= MAX_AMOUNT;
          expect(amountSchema.safeParse(input).success).toBe(canonical);
          if (!canonical) expect(() => parseAmount(input)).toThrow(ProtocolError);
        },
      ),
    );
    for (const text of ["", "+1", "-1", "1.0", "1e3", "0x1", " 1", "1\n", "١", (MAX_AMOUNT + 1n).toString()]) {
      expect(() => parseAmount(text), text).toThrow(ProtocolError);
    }
  });

  test("a nonce is below 2^64", () => {
    expect(nonceSchema.parse("18446744073709551615")).toBe((1n << 64n) - 1n);
    expect(nonceSchema.safeParse("18446744073709551616").success).toBe(false);
  });
});

describe("a price", () => {
  test("says exactly what its exact decimal says", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: MAX_AMOUNT }), decimals, (value, places) => {
        const text = formatUnits(value, places);
        fc.pre((text.split(".")[0] ?? "").length <= 20);
        expect(parsePrice(text, places)).toBe(value);
        expect(parsePrice(`$${text}`, places)).toBe(value);
      }),
    );
  });

  test("finer than the token, zero, or no number is refused", () => {
    for (const text of [
      "0",
      "$0.00",
      "0.0000001",
      "1.",
      ".5",
      "-1",
      "1,000",
      "$",
      "",
      "1 USDC",
      "1e3",
      "9".repeat(99),
    ]) {
      expect(() => parsePrice(text, 6), text).toThrow(ProtocolError);
    }
    expect(parsePrice("0.0100000000", 6)).toBe(10_000n);
  });

  test("any text gives a price or a ProtocolError", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), decimals, (text, places) => {
        try {
          const value = parsePrice(text, places);
          expect(value > 0n && value <= MAX_AMOUNT).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});

describe("dollars on a screen", () => {
  test("read as a person writes them", () => {
    const shown: [bigint, string][] = [
      [0n, "$0.00"],
      [1n, "0.0001\u00a0¢"],
      [400n, "0.04\u00a0¢"],
      [2_000n, "0.2\u00a0¢"],
      [20_000n, "2\u00a0¢"],
      [990_000n, "99\u00a0¢"],
      [1_000_000n, "$1.00"],
      [12_400_000n, "$12.40"],
      [12_345_678n, "$12.345678"],
      [1_234_567_000_000n, "$1,234,567.00"],
      [-20_000n, "−2\u00a0¢"],
    ];
    for (const [value, text] of shown) expect(formatDollars(value, 6)).toBe(text);
  });

  test("lose no unit and never show something as nothing", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: MAX_AMOUNT }), fc.integer({ min: 2, max: 18 }), (value, places) => {
        const text = formatDollars(value, places);
        const cents = text.endsWith("\u00a0¢");
        const number = text.replace(/[$,¢\u00a0]/g, "");
        const [whole = "0", fraction = ""] = number.split(".");
        const shift = cents ? places - 2 : places;
        expect(fraction.length).toBeLessThanOrEqual(Math.max(shift, 2));
        expect(BigInt(whole + fraction.padEnd(shift, "0"))).toBe(value);
      }),
    );
  });
});

describe("the plain headers", () => {
  const token = { symbol: "USDC", decimals: 6 };
  const contract = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
  const offer = { amount: 10_000n, token, contract, network: "eip155:84532" } as const;
  const read = (headers: Record<string, string>) => {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const plain = parsePlainHeaders((name) => lower[name]);
    if (!plain) throw new Error("no plain headers");
    return plain;
  };

  test("of an offer agree with it, and with no other", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 25n }), fc.bigInt({ min: 1n, max: 10n ** 25n }), (value, other) => {
        const plain = read(plainHeadersOf({ ...offer, amount: value, nonce: 7n }));
        expect(plainHeadersAgree(plain, { ...offer, amount: value })).toBe(true);
        expect(plainHeadersAgree(plain, { ...offer, amount: other })).toBe(value === other);
      }),
    );
    const plain = read(plainHeadersOf(offer));
    expect(plain).toEqual({ price: "0.01", symbol: "USDC", contract, network: "eip155:84532", nonce: undefined });
    expect(plainHeadersAgree(plain, { ...offer, network: "eip155:8453" })).toBe(false);
    expect(plainHeadersAgree(plain, { ...offer, token: { symbol: "USDT", decimals: 6 } })).toBe(false);
    expect(plainHeadersAgree(plain, { ...offer, token: { symbol: "USDC", decimals: 18 } })).toBe(false);
    expect(plainHeadersAgree(plain, { ...offer, contract: "0x036CbD53842c5426634e7929541eC2318f3dCF7e" })).toBe(false);
    expect(plainHeadersAgree({ ...plain, price: "0.0100001" }, offer)).toBe(false);
  });

  test("that cannot be read are malformed, and none are none", () => {
    expect(parsePlainHeaders(() => undefined)).toBeUndefined();
    const good = { "x-price": "0.01 USDC", "x-contract": contract };
    for (const wrong of [
      { "x-price": "0.01" },
      { "x-price": "$0.01 USDC" },
      { "x-price": "1e3 USDC" },
      { "x-price": `${"9".repeat(1_000_000)} USDC` },
      { "x-contract": "0x00" },
      { "x-contract": "" },
      { "x-network": "x".repeat(65) },
      { "x-nonce": "-1" },
    ]) {
      const headers: Record<string, string> = { ...good, ...wrong };
      expect(() => parsePlainHeaders((name) => headers[name]), JSON.stringify(wrong).slice(0, 60)).toThrow(
        ProtocolError,
      );
    }
  });
});

describe("the registry", () => {
  test("lists every network under its own chain id, and every token once", () => {
    for (const network of NETWORKS) {
      expect(chainIdOf(network.id)).toBe(network.chainId);
      for (const token of network.tokens) expect(findToken(network, token.address.toLowerCase())).toBe(token);
    }
  });

  test("takes no chain id that JavaScript cannot hold", () => {
    for (const id of ["eip155:0", "eip155:01", "eip155:9999999999999999", "solana:1", "eip155:1x", ""]) {
      expect(chainIdOf(id), id).toBeUndefined();
    }
  });
});

describe("the words of a server", () => {
  test("are one line without controls, of at most the length asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.integer({ min: 0, max: 60 }), (text, max) => {
        const shown = plainText(text, max);
        expect(Array.from(shown).length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b\ufeff]/u);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });

  test("keep their meaning and lose their tricks", () => {
    expect(plainText("The harbour\nat  night", 40)).toBe("The harbour at night");
    expect(plainText("pay \u202e00.1$\u202c now", 40)).toBe("pay 00.1$ now");
    expect(plainText("a".repeat(1 << 20), 5)).toBe("aaaa…");
    expect(plainText("👩‍🚀", 5)).toBe("👩‍🚀");
    expect(plainText(`e${"\u0301".repeat(50)}!`, 50)).toBe("e\u0301\u0301!");
    expect(plainText("<b>x</b>", 10)).toBe("<b>x</b>");
  });
});
