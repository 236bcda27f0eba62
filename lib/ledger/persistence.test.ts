import { expect, test } from "vitest";
import { keepStored } from "./persistence.ts";

/** A browser that has promised or not, and says yes or no; counts how often it was asked. */
function storage(already: boolean, yes: boolean) {
  const asked = { count: 0 };
  return {
    asked,
    persisted: async () => already,
    persist: async () => {
      asked.count += 1;
      return yes;
    },
  };
}

test("the browser is asked to keep the journal, once it has not promised it yet", async () => {
  const promised = storage(true, false);
  expect(await keepStored(promised)).toEqual({ asked: true, kept: true });
  expect(promised.asked.count).toBe(0);
  const willing = storage(false, true);
  expect(await keepStored(willing)).toEqual({ asked: true, kept: true });
  expect(willing.asked.count).toBe(1);
  expect(await keepStored(storage(false, false))).toEqual({ asked: true, kept: false });
});

test("where nobody can be asked there is no promise, and a refusal stops nothing", async () => {
  expect(await keepStored(undefined)).toEqual({ asked: false, kept: false });
  expect(await keepStored({ persisted: async () => true })).toEqual({ asked: false, kept: false });
  const refusing = { persisted: () => Promise.reject(new TypeError("not here")), persist: async () => true };
  expect(await keepStored(refusing)).toEqual({ asked: true, kept: false });
});
