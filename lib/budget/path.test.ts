import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathCovered, pricePattern } from "./path.ts";

const prefix = (pattern: string) => [{ kind: "prefix", pattern } as const];
const glob = (pattern: string) => [{ kind: "glob", pattern } as const];

describe("path rules", () => {
  test.each([
    ["/a", "/a", true],
    ["/a", "/a/b", true],
    ["/a/", "/a", true],
    ["/a", "/ab", false],
    ["/", "/anything/at/all", true],
  ])("the prefix %s with %s: %s", (pattern, path, covered) => {
    expect(pathCovered(prefix(pattern), path)).toBe(covered);
  });

  test.each([
    ["/a/*.jpg", "/a/photo.jpg", true],
    ["/a/*.jpg", "/a/b/photo.jpg", false],
    ["/a/**", "/a/b/c", true],
    ["/**/c", "/a/b/c", true],
    ["/a*c*", "/abcd", true],
    ["/a*a", "/a", false],
    ["/*", "/a/b", false],
    ["/a.c", "/abc", false],
  ])("the glob %s with %s: %s", (pattern, path, covered) => {
    expect(pathCovered(glob(pattern), path)).toBe(covered);
  });

  test("no rule covers everything; of several rules one is enough", () => {
    expect(pathCovered([], "/x")).toBe(true);
    expect(pathCovered([...prefix("/a"), ...prefix("/b")], "/b/1")).toBe(true);
  });

  test("a path without stars is a glob of itself alone", () => {
    const segment = fc.stringMatching(/^[a-z0-9.()+-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.array(segment, { maxLength: 4 }), (a, b) => {
        const [path, other] = [`/${a.join("/")}`, `/${b.join("/")}`];
        expect(pathCovered(glob(path), path)).toBe(true);
        expect(pathCovered(glob(path), other)).toBe(path === other);
      }),
    );
  });

  test("a pattern of many stars is answered at once", () => {
    const started = performance.now();
    expect(pathCovered(glob(`/${"**/".repeat(200)}x`), `/${"a/".repeat(500)}y`)).toBe(false);
    expect(pathCovered(glob(`/${"*a".repeat(500)}b`), `/${"a".repeat(2_000)}`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("price patterns", () => {
  test.each([
    ["/articles/17", "/articles/*"],
    ["/media/0a1b2c3d4e5f.jpg", "/media/*.jpg"],
    ["/x/123e4567-e89b-12d3-a456-426614174000/page", "/x/*/page"],
    ["/articles/the-price-of-tolls", "/articles/the-price-of-tolls"],
    ["/", "/"],
  ])("%s is remembered as %s", (path, pattern) => expect(pricePattern(path)).toBe(pattern));
});
