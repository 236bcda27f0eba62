import { expect, test } from "vitest";
import { memoryArea } from "./memoryArea.ts";
import type { StorageArea } from "./ports.ts";
import { readOnce } from "./readOnce.ts";

function counted() {
  const area = memoryArea();
  const reads: (readonly string[] | null)[] = [];
  const get: StorageArea["get"] = (names) => {
    reads.push(names);
    return area.get(names);
  };
  return { area, reads, store: readOnce({ ...area, get }) };
}

test("what was read once, also that it is not there, is read no more until it is written", async () => {
  const { area, reads, store } = counted();
  await area.set({ a: 1 });
  for (let times = 0; times < 3; times += 1) expect(await store.get(["a", "b"])).toEqual({ a: 1 });
  expect(reads).toEqual([["a", "b"]]);
  await store.set({ b: 2 });
  expect(await store.get(["a", "b"])).toEqual({ a: 1, b: 2 });
  expect(reads).toEqual([["a", "b"], ["b"]]);
});

test("what is removed is gone at once, whether or not the removal succeeds", async () => {
  const { area, store } = counted();
  await area.set({ a: 1 });
  await store.get(["a"]);
  const removal = store.remove(["a"]);
  await removal;
  expect(await store.get(["a"])).toEqual({});
  await area.set({ a: 3 });
  const broken = readOnce({ ...area, remove: () => Promise.reject(new Error("no")) });
  await broken.get(["a"]);
  await area.remove(["a"]);
  await expect(broken.remove(["a"])).rejects.toThrow("no");
  expect(await broken.get(["a"])).toEqual({});
});

test("a read that a write overtakes is not remembered", async () => {
  const area = memoryArea();
  await area.set({ key: "old" });
  const gate = Promise.withResolvers<void>();
  let first = true;
  const get: StorageArea["get"] = async (names) => {
    const found = await area.get(names);
    if (first) {
      first = false;
      await gate.promise;
    }
    return found;
  };
  const store = readOnce({ ...area, get });
  const reading = store.get(["key"]);
  await store.remove(["key"]);
  gate.resolve();
  expect(await reading).toEqual({});
  expect(await store.get(["key"])).toEqual({});
});
