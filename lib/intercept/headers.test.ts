import { expect, test } from "vitest";
import { carries, headersByName } from "./headers.ts";

test("headers are found by lower-case name, several of one name joined", () => {
  const headers = headersByName([
    { name: "Payment-Required", value: "a" },
    { name: "VARY", value: "x" },
    { name: "vary", value: "y" },
    { name: "empty" },
  ]);
  expect([...headers]).toEqual([
    ["payment-required", "a"],
    ["vary", "x, y"],
    ["empty", ""],
  ]);
  expect(headersByName(undefined).size).toBe(0);
});

test("a request carries a payment only with every header and its very value", () => {
  const raw = [{ name: "payment-signature", value: "s" }];
  expect(carries(raw, { "PAYMENT-SIGNATURE": "s" })).toBe(true);
  expect(carries(raw, { "PAYMENT-SIGNATURE": "t" })).toBe(false);
  expect(carries(raw, { "PAYMENT-SIGNATURE": "s", other: "x" })).toBe(false);
  expect(carries(undefined, { "PAYMENT-SIGNATURE": "s" })).toBe(false);
});
