import { expect, test } from "vitest";
import { keepStored } from "./persistence.ts";

/** A browser that says yes or no, and counts how often it was asked. */
function storage(given: { already: boolean; yes: boolean }) {
  const asked = { count: 0 };
  return {
    asked,
    persisted: async () => given.already,
    persist: async () => {
      asked.count += 1;
      return given.yes;
    },
  };
}

test("the browser is asked to keep the journal, once it has not promised it yet", async () => {
  const promised = storage({ already: true, yes: false });
  expect(await keepStored(promised)).toBe(true);
  expect(promised.asked.count).toBe(0);
  const willing = storage({ already: false, yes: true });
  expect(await keepStored(willing)).toBe(true);
  expect(willing.asked.count).toBe(1);
  expect(await keepStored(storage({ already: false, yes: false }))).toBe(false);
});

test("a browser that cannot be asked makes no promise, and stops nothing", async () => {
  expect(await keepStored(undefined)).toBe(false);
  const refusing = { persisted: () => Promise.reject(new TypeError("not here")), persist: async () => true };
  expect(await keepStored(refusing)).toBe(false);
});
