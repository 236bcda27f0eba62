import fc from "fast-check";
import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

test("tasks of one key never overlap and run in order; nothing is left behind, also after failures", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), fails: fc.boolean() }), { maxLength: 30 }),
      async (scheduler, jobs) => {
        const lanes = new Lanes();
        const running = new Set<string>();
        const started: Record<string, number[]> = { a: [], b: [], c: [] };
        const all = jobs.map(({ key, fails }, index) =>
          lanes
            .run(key, async () => {
              expect(running.has(key)).toBe(false);
              running.add(key);
              started[key]?.push(index);
              await scheduler.schedule(Promise.resolve());
              running.delete(key);
              if (fails) throw new Error("expected");
              return index;
            })
            .then(
              (value) => expect(value).toBe(index),
              (error: Error) => expect(error.message).toBe("expected"),
            ),
        );
        await scheduler.waitFor(Promise.all(all));
        for (const order of Object.values(started)) expect(order).toEqual([...order].sort((a, b) => a - b));
        await Promise.resolve();
        expect(lanes.size).toBe(0);
      },
    ),
  );
});

test("different keys do not wait for each other", async () => {
  const lanes = new Lanes();
  const first = Promise.withResolvers<void>();
  const blocked = lanes.run("a", () => first.promise);
  expect(await lanes.run("b", async () => "through")).toBe("through");
  first.resolve();
  await blocked;
});
