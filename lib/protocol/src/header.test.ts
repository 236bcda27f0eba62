/** Claims about the envelope and the headers in it: nothing gets in that is not what x402 says, nothing else is thrown. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import recorded from "../fixtures/recorded.json" with { type: "json" };
import { type Challenge, parseChallenge } from "./challenge.ts";
import { ProtocolError } from "./error.ts";
import { decodeHeader, encodeHeader, MAX_HEADER_LENGTH, MAX_NESTING } from "./header.ts";
import { sameOffer } from "./sameOffer.ts";
import {
  decodePaymentRequired,
  decodePaymentResponse,
  decodePaymentSignature,
  encodePaymentRequired,
  encodePaymentSignature,
} from "./x402.ts";

const parsers = [decodeHeader, decodePaymentRequired, decodePaymentSignature, decodePaymentResponse];
const NAMES = ["payment-required", "x-price", "x-contract", "x-network", "x-nonce"] as const;

/** What `parse` gives, with ProtocolError the only error it may throw. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");
const entry = {
  scheme: "exact",
  network: "eip155:84532",
  amount: "10000",
  asset: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
  payTo: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
  maxTimeoutSeconds: 60,
};
const challengeWith = (...accepts: unknown[]): Challenge | undefined =>
  attempt(() =>
    parseChallenge((name) =>
      name === "payment-required"
        ? encodeHeader({ x402Version: 2, resource: { url: "https://toll.example/" }, accepts })
        : null,
    ),
  );

describe("the envelope", () => {
  test("gives back any JSON value, lone surrogates included", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 8 }), (value) => {
        const copy = JSON.parse(JSON.stringify(value));
        const text = JSON.stringify(value);
        fc.pre(!text.includes("__proto__") && encodeHeader(value).length <= MAX_HEADER_LENGTH);
        expect(decodeHeader(encodeHeader(value))).toEqual(copy);
      }),
    );
    expect(decodeHeader(encodeHeader({ a: "\ud800" }))).toEqual({ a: "\ud800" });
  });

  test("writes bigints as digits", () => {
    expect(decodeHeader(encodeHeader({ amount: 79228162514264337593543950335n }))).toEqual({
      amount: "79228162514264337593543950335",
    });
  });

  test("is read in the url-safe alphabet and without padding too", () => {
    const text = Buffer.from(JSON.stringify({ a: "ÿþ?>~" })).toString("base64url");
    expect(decodeHeader(text)).toEqual({ a: "ÿþ?>~" });
  });

  test("throws nothing but ProtocolError, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        for (const parse of parsers) {
          attempt(() => parse(text));
          attempt(() => parse(base64(text)));
        }
      }),
    );
  });

  test("throws nothing but ProtocolError, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        for (const parse of parsers) attempt(() => parse(encodeHeader(value)));
      }),
    );
  });

  test("refuses invalid UTF-8, empty text and text that is no JSON", () => {
    for (const text of ["", "AA", "/w==", base64("{"), base64("undefined"), "a b", `${base64("{}")}\n`]) {
      expect(() => decodeHeader(text), text).toThrow(ProtocolError);
    }
  });

  test("a megabyte is refused unread", () => {
    const text = base64(`"${"x".repeat(1 << 20)}"`);
    for (const parse of parsers) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: "header_too_long" }));
    }
  });

  test("nesting is parsed to its limit and refused beyond", () => {
    const nested = (depth: number) => base64("[".repeat(depth) + "]".repeat(depth));
    expect(decodeHeader(nested(MAX_NESTING))).toBeInstanceOf(Array);
    expect(() => decodeHeader(nested(MAX_NESTING + 2))).toThrow(ProtocolError);
    expect(() => decodeHeader(nested(20_000))).toThrow(ProtocolError);
    expect(() => decodeHeader(base64(`${'{"a":'.repeat(8_000)}1${"}".repeat(8_000)}`))).toThrow(ProtocolError);
  });

  test("a __proto__ key is refused at any depth, and no prototype changes", () => {
    for (const text of ['{"__proto__":{"a":1}}', '{"x":[{"__proto__":null}]}']) {
      expect(() => decodeHeader(base64(text))).toThrow(ProtocolError);
    }
    expect(({} as Record<string, unknown>).a).toBeUndefined();
    expect(decodeHeader(base64('{"constructor":1,"toString":2}'))).toEqual({ constructor: 1, toString: 2 });
  });
});

describe("an offer", () => {
  test("is read from every recorded server", () => {
    for (const [name, headers] of Object.entries(recorded)) {
      const { offers } = parseChallenge((header) => (header === "payment-required" ? headers[header] : null));
      expect(offers, name).toHaveLength(1);
      expect(sameOffer(offers[0]?.accepted ?? {}, (decodeRaw(headers["payment-required"]).accepts as [Json])[0])).toBe(
        true,
      );
    }
  });

  test("is frozen to its depths", () => {
    const offer = challengeWith({ ...entry, extra: { deep: { price: "1" } } })?.offers[0];
    const deep = offer?.extra.deep as { price: string };
    expect(() => {
      deep.price = "2";
    }).toThrow(TypeError);
    expect(() => {
      (offer?.accepted as Record<string, unknown>).amount = "2";
    }).toThrow(TypeError);
  });

  test("that cannot be read is left out, and its neighbours stay", () => {
    const broken = [
      { ...entry, amount: "0" },
      { ...entry, amount: 10000 },
      { ...entry, amount: "1e4" },
      { ...entry, amount: "-1" },
      { ...entry, amount: "010" },
      { ...entry, amount: "0x10" },
      { ...entry, amount: (1n << 96n).toString() },
      { ...entry, asset: "0x036C" },
      { ...entry, payTo: null },
      { ...entry, maxTimeoutSeconds: "60" },
      { ...entry, maxTimeoutSeconds: -1 },
      { ...entry, extra: [] },
      { ...entry, scheme: "" },
      {},
    ];
    for (const wrong of broken) {
      expect(challengeWith(wrong), JSON.stringify(wrong)).toBeUndefined();
      expect(challengeWith(wrong, entry)?.offers).toHaveLength(1);
    }
  });

  test("keeps what is not known about it, to be echoed", () => {
    const accepted = { ...entry, extra: { x: [1, { y: null }] }, later: true };
    expect(challengeWith(accepted)?.offers[0]?.accepted).toEqual(accepted);
  });

  test("has an amount above zero and in range, or is none", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(entry)), (value, key) => {
        for (const offer of challengeWith({ ...entry, [key]: value })?.offers ?? []) {
          expect(offer.amount > 0n && offer.amount < 1n << 96n).toBe(true);
          expect(offer.payTo).toMatch(/^0x[0-9a-fA-F]{40}$/);
        }
      }),
    );
  });
});

describe("a 402", () => {
  test("whose headers are anything at all throws nothing but ProtocolError", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue().map(encodeHeader), fc.constant(null));
    fc.assert(
      fc.property(fc.record(Object.fromEntries(NAMES.map((name) => [name, value]))), (headers) => {
        attempt(() => parseChallenge((name) => headers[name]));
      }),
    );
  });

  test("without payment headers has no offers", () => {
    expect(parseChallenge(() => null)).toEqual({ offers: [], plain: undefined });
  });

  test("of another version is malformed", () => {
    for (const x402Version of [1, 3, "2", null]) {
      const header = encodeHeader({ x402Version, resource: { url: "https://a.example" }, accepts: [entry] });
      expect(() => decodePaymentRequired(header)).toThrow(ProtocolError);
    }
  });
});

type Json = Record<string, unknown>;
const decodeRaw = (header: string | undefined): Json => decodeHeader(header ?? "") as Json;

describe("recorded payments", () => {
  test("go round unchanged", () => {
    for (const [name, headers] of Object.entries(recorded)) {
      const required = headers["payment-required"];
      expect(decodeRaw(encodePaymentRequired(decodePaymentRequired(required))), name).toEqual(decodeRaw(required));
      const paid = "payment-signature" in headers ? headers["payment-signature"] : undefined;
      if (!paid) continue;
      expect(decodeRaw(encodePaymentSignature(decodePaymentSignature(paid))), name).toEqual(decodeRaw(paid));
      expect(sameOffer(decodePaymentSignature(paid).accepted, decodePaymentRequired(required).accepts[0] ?? {})).toBe(
        true,
      );
    }
  });

  test("are answered with a transaction", () => {
    const answer = decodePaymentResponse(recorded["exact-eip3009"]["payment-response"]);
    expect(answer).toMatchObject({ success: true, network: "eip155:31337" });
    expect(answer.transaction).toMatch(/^0x[0-9a-f]{64}$/);
    expect(decodePaymentResponse(recorded.upto["payment-response"]).amount).toBe(12_345n);
  });

  test("null stands for a missing field of an answer", () => {
    expect(
      decodePaymentResponse(encodeHeader({ success: false, errorReason: null, amount: null, extra: null })),
    ).toEqual({
      success: false,
    });
  });
});

describe("the same offer", () => {
  const jsonObject = fc.dictionary(
    fc.string().filter((key) => key !== "__proto__"),
    fc.jsonValue({ maxDepth: 3 }),
  );

  test("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(jsonObject, (offer) => {
        const turned = Object.fromEntries(Object.entries(offer).reverse());
        expect(sameOffer(offer, turned)).toBe(true);
        expect(sameOffer(offer, JSON.parse(JSON.stringify(offer)))).toBe(true);
      }),
    );
  });

  test("ends with any change but that of extra.last", () => {
    const offer = { ...entry, extra: { name: "USDC", last: { state: 1 } } };
    expect(sameOffer(offer, { ...entry, extra: { name: "USDC" } })).toBe(true);
    expect(sameOffer(offer, { ...entry, extra: { name: "USDC", last: 2 } })).toBe(true);
    expect(sameOffer(offer, { ...entry, extra: { name: "USDT" } })).toBe(false);
    expect(sameOffer(offer, { ...entry })).toBe(false);
    expect(sameOffer({ ...entry }, { ...entry, extra: {} })).toBe(true);
    for (const key of Object.keys(entry)) {
      expect(sameOffer(entry, { ...entry, [key]: "other" }), key).toBe(false);
      expect(sameOffer(entry, Object.fromEntries(Object.entries(entry).filter(([name]) => name !== key))), key).toBe(
        false,
      );
    }
    expect(sameOffer({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(sameOffer({ a: [] }, { a: {} })).toBe(false);
    expect(sameOffer({ toString: 1 }, { valueOf: 1 })).toBe(false);
  });
});
