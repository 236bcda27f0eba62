import { describe, expect, test } from "vitest";
import { Sequence, Turns } from "./turns.ts";

const alive = new AbortController().signal;

describe("requests that wait for their turn", () => {
  test("a wake-up while one was still looking is not lost", async () => {
    const turns = new Turns();
    const since = turns.wakes("payee");
    turns.wake("payee");
    await turns.wait("payee", since, alive);
    expect(turns.wakes("payee")).toBe(since + 1);
  });

  test("are woken in the order in which they came, as many as there is room for", async () => {
    const turns = new Turns();
    const woken: number[] = [];
    const waits = [1, 2, 3].map((name) => turns.wait("payee", 0, alive).then(() => woken.push(name)));
    turns.wake("payee", 2);
    await Promise.all(waits.slice(0, 2));
    expect(woken).toEqual([1, 2]);
    turns.wake("another");
    turns.wake("payee");
    await waits[2];
    expect(woken).toEqual([1, 2, 3]);
  });

  test("leave the line when their page is gone, and take no wake-up with them", async () => {
    const turns = new Turns();
    const tab = new AbortController();
    const gone = turns.wait("payee", 0, tab.signal);
    const next = turns.wait("payee", 0, alive);
    tab.abort();
    await gone;
    turns.wake("payee", 1);
    await next;
  });
});

test("events of one payment are journalled in their order, also after one that failed", async () => {
  const sequence = new Sequence();
  const done: string[] = [];
  const { promise: held, resolve } = Promise.withResolvers<void>();
  const first = sequence.run("a", () => held.then(() => void done.push("first")));
  const failing = sequence.run("a", () => Promise.reject(new Error("no")));
  const last = sequence.run("a", async () => void done.push("last"));
  resolve();
  await first;
  await expect(failing).rejects.toThrow("no");
  await last;
  expect(done).toEqual(["first", "last"]);
});
