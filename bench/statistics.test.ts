/** The figures that the README quotes are only as right as these. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { inTurns, least, median, quantile } from "./statistics.ts";

test("a median lies in the middle, whatever the order", () => {
  // No -0: a sorted list and Math.min need not agree which zero comes first.
  const sample = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const samples = fc.array(sample, { minLength: 1 });
  fc.assert(
    fc.property(samples, (values) => {
      const middle = median(values);
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(least(values)).toBe(Math.min(...values));
      expect(quantile(values, 1)).toBe(Math.max(...values));
    }),
  );
});

test("without samples there is no figure", () => {
  expect(() => median([])).toThrow(RangeError);
});

test("variants take turns in both directions", async () => {
  const ran: string[] = [];
  const variant = (name: string) => async () => void ran.push(name);
  await inTurns(3, [variant("a"), variant("b")]);
  expect(ran.join("")).toBe("abbaab");
});
