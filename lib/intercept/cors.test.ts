import { expect, test } from "vitest";
import { pageMayRead } from "./cors.ts";

const url = "https://payee.example/x";
const answer =
  (headers: Record<string, string>) =>
  (name: string): string | undefined =>
    headers[name];
const cross = { origin: "https://site.example", mode: "cors", hasCookies: false };

test.each([
  ["a same-origin request", { ...cross, origin: "https://payee.example" }, {}, true],
  ["a request without Origin", { ...cross, origin: undefined }, {}, true],
  ["a no-cors request", { ...cross, mode: "no-cors" }, {}, true],
  ["a request of unknown mode without allowance", { ...cross, mode: undefined }, {}, false],
  ["a CORS request without allowance", cross, {}, false],
  ["a CORS request that everybody may read", cross, { "access-control-allow-origin": "*" }, true],
  ["a CORS request for another origin", cross, { "access-control-allow-origin": "https://other.example" }, false],
  ["a CORS request for its origin", cross, { "access-control-allow-origin": "https://site.example" }, true],
  ["cookies with a star", { ...cross, hasCookies: true }, { "access-control-allow-origin": "*" }, false],
  [
    "cookies without allowed credentials",
    { ...cross, hasCookies: true },
    { "access-control-allow-origin": "https://site.example" },
    false,
  ],
  [
    "cookies with allowed credentials",
    { ...cross, hasCookies: true },
    { "access-control-allow-origin": "https://site.example", "access-control-allow-credentials": "true" },
    true,
  ],
  [
    "a sandboxed frame's request for everybody",
    { ...cross, origin: "null" },
    { "access-control-allow-origin": "*" },
    true,
  ],
  ["a sandboxed frame's request without allowance", { ...cross, origin: "null" }, {}, false],
] as const)("%s", (_name, request, headers, readable) => {
  expect(pageMayRead(url, request, answer(headers))).toBe(readable);
});
