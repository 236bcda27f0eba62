import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeRegex, exactUrl, sessionRule } from "./sessionRule.ts";

/** How Chromium reads the two conditions, for the subset that is written here. */
function matches(condition: ReturnType<typeof exactUrl>, url: string): boolean {
  if ("regexFilter" in condition) return new RegExp(condition.regexFilter).test(url);
  const { urlFilter } = condition;
  expect(urlFilter.slice(1, -1)).not.toMatch(/[*^|]/);
  return urlFilter === `|${url}|`;
}

const url = fc
  .tuple(fc.webUrl({ withFragments: true }), fc.string())
  .map(([base, query]) => Object.assign(new URL(base), { search: query }).href);

describe("the condition of a session rule", () => {
  test("matches its own URL", () => {
    fc.assert(fc.property(url, (own) => matches(exactUrl(own), own)));
  });
  test("matches no other URL", () => {
    fc.assert(fc.property(url, url, (own, other) => own === other || !matches(exactUrl(own), other)));
  });
  test("matches neither a longer nor a shorter URL", () => {
    fc.assert(
      fc.property(url, (own) => !matches(exactUrl(own), `${own}x`) && !matches(exactUrl(own), own.slice(0, -1))),
    );
  });
  test("takes the wildcards of urlFilter literally", () => {
    for (const special of ["*", "^", "|"]) {
      const own = `https://a.example/x${special}y`;
      expect(matches(exactUrl(own), own)).toBe(true);
      expect(matches(exactUrl(own), "https://a.example/xZy")).toBe(false);
      expect(matches(exactUrl(own), "https://a.example/x/y")).toBe(false);
    }
  });
  test("escapes every text into a pattern of that text alone", () => {
    fc.assert(fc.property(fc.string(), (text) => new RegExp(`^${escapeRegex(text)}$`, "s").test(text)));
  });
});

test("a rule is bound to tab, type and method, in lower case, and sets its headers", () => {
  const target = { url: "https://a.example/x", tabId: 7, type: "xmlhttprequest", method: "POST" };
  const rule = sessionRule(3, target, { "PAYMENT-SIGNATURE": "s" });
  expect(rule).toMatchObject({
    id: 3,
    action: { requestHeaders: [{ header: "payment-signature", operation: "set", value: "s" }] },
    condition: {
      urlFilter: "|https://a.example/x|",
      isUrlFilterCaseSensitive: true,
      tabIds: [7],
      resourceTypes: ["xmlhttprequest"],
      requestMethods: ["post"],
    },
  });
});

test("a method that rules do not know is matched as other", () => {
  const target = { url: "https://a.example/", tabId: 1, type: "xmlhttprequest", method: "PROPFIND" };
  expect(sessionRule(1, target, {}).condition.requestMethods).toEqual(["other"]);
});
