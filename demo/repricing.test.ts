/** Changing the price list for one run. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repriced } from "./repricing.ts";

const LIST = {
  "/a": { price: "$0.0005", description: "a" },
  "/b": { price: "$0.01", perHit: "$0.001", description: "b" },
};

test("a factor changes every price to the unit, and rounds none to nothing", () => {
  expect(repriced(LIST, "1.337")).toEqual({
    "/a": { price: "$0.000669", description: "a" },
    "/b": { price: "$0.01337", perHit: "$0.001337", description: "b" },
  });
  expect(repriced(LIST, "0.000001")["/a"]?.price).toBe("$0.000001");
  expect(() => repriced(LIST, "0")).toThrow();
});

test("a file changes the prices that it names and no other", () => {
  const folder = mkdtempSync(join(tmpdir(), "tollpass-prices-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "prices.json");
  writeFileSync(file, JSON.stringify({ "/b": { price: "$0.02" } }));
  expect(repriced(LIST, file)).toEqual({ ...LIST, "/b": { ...LIST["/b"], price: "$0.02" } });
  writeFileSync(file, JSON.stringify({ "/b": "$0.02" }));
  expect(() => repriced(LIST, file)).toThrow();
});

test("without a wish the list stays as it is", () => {
  expect(repriced(LIST, "")).toBe(LIST);
});
