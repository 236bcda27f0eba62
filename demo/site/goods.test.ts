/** The price list and what hangs on it. */
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PARTNER_PRICES, PRICES } from "#demo/prices.ts";
import { goodAt, requireGood, searchCost } from "./goods.ts";
import { frontPage, storyPage } from "./pages.ts";
import { pathOf, STORIES } from "./stories/index.ts";

test("every story and picture has a price and every picture has a file", () => {
  const files = new Set(readdirSync(new URL("media", import.meta.url)));
  for (const story of STORIES) {
    expect(requireGood(pathOf(story)).price).toBeGreaterThan(0n);
    for (const { file } of story.pictures) {
      expect(requireGood(`/pictures/${file}`).price).toBeGreaterThan(0n);
      expect(files).toContain(file);
    }
  }
});

test("the price list sells no story that was not written", () => {
  const written = new Set(STORIES.map(pathOf));
  for (const path of Object.keys(PRICES).filter((key) => key.startsWith("/stories/"))) expect(written).toContain(path);
});

test("nothing costs less than the test dollar can express", () => {
  for (const path of Object.keys(PARTNER_PRICES)) expect(requireGood(path, PARTNER_PRICES).price).toBeGreaterThan(0n);
  expect(() => requireGood("/x", { "/x": { price: "$0.0000001", description: "dust" } })).toThrow();
});

test("what the list does not name is free", () => {
  expect(goodAt("/")).toBeUndefined();
  expect(goodAt("/stories/the-harbour-at-night/letters")).toBeUndefined();
});

test("a search never costs more than its price, and nothing when it finds nothing", () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 10n ** 9n), fc.bigInt(1n, 10n ** 9n), fc.nat(1000), (price, perHit, hits) => {
      const cost = searchCost({ description: "", price, perHit }, hits);
      expect(cost <= price).toBe(true);
      expect(cost === perHit * BigInt(hits) || cost === price).toBe(true);
      expect(searchCost({ description: "", price, perHit }, 0)).toBe(0n);
    }),
  );
});

test("the front page shows the price of every story and gives none of the paid text away", () => {
  const page = frontPage("http://127.0.0.1:1/");
  for (const story of STORIES) {
    expect(page).toContain(`href="${pathOf(story)}"`);
    for (const paragraph of story.paragraphs) expect(page).not.toContain(paragraph.slice(0, 40));
  }
  expect(page.match(/class="price"/g)?.length).toBeGreaterThanOrEqual(STORIES.length);
});

test("no page needs what the content security policy forbids", () => {
  for (const page of [frontPage("http://127.0.0.1:1/"), ...STORIES.map(storyPage)]) {
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|<style/i);
  }
});
