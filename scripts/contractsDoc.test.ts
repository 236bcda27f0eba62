/** The tests that docs/contracts.md names as proof of a defence are there. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync("docs/contracts.md", "utf8");
const TESTS = "contracts/test/";

/** The test cells of the threat table: `File.t.sol` followed by names of its tests, groups parted by semicolons. */
const groups = page
  .slice(page.indexOf("## Attacks and defences"), page.indexOf("## Who can lose what"))
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| Attack "))
  .flatMap((line) => (line.split("|").at(-2) ?? "").split(";"))
  .map((group) => [...group.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code));

test("every row of the threat table names tests", () => {
  expect(groups.length).toBeGreaterThan(20);
  for (const [file, ...names] of groups) {
    expect(file).toMatch(/\.t\.sol$/);
    expect(names.length, file).toBeGreaterThan(0);
  }
});

test.each(groups)("%s has the tests that the threat table names", (file, ...names) => {
  expect(existsSync(`${TESTS}${file}`)).toBe(true);
  const source = readFileSync(`${TESTS}${file}`, "utf8");
  expect(names.filter((name) => !source.includes(`function ${name}(`))).toEqual([]);
});
