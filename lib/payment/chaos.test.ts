/** A short seeded run of what `npm run chaos` does at length, and the proof that it catches a wallet that is broken. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nothingPlayed, playLife, readerLife } from "./testing/chaos/lives.ts";
import type { Sabotage } from "./testing/chaos/reader.ts";
import { lifeOf } from "./testing/chaos/run.ts";
import { openStage, type Stage } from "./testing/chaos/stage.ts";
import { STORIES, tell } from "./testing/chaos/stories.ts";

const SEED = 402;
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test("any lives of parallel pages, losses, deaths, edited budgets and a shop that dies keep every promise", async () => {
  await fc.assert(
    fc.asyncProperty(readerLife, async (life) => {
      expect((await playLife(stage, life)).breaches).toEqual([]);
    }),
    { numRuns: 8, seed: SEED, endOnFailure: true },
  );
}, 180_000);

test.each(STORIES)(
  "$name survives a death at calls picked by chance",
  async (story) => {
    for (const where of ["ports", "database"] as const) {
      const whole = { at: Number.POSITIVE_INFINITY, when: "before", where, fate: "gone" } as const;
      const { calls, breaches } = await tell(stage, story, whole);
      expect({ breaches, any: calls > 5 }).toEqual({ breaches: [], any: true });
      const deaths = fc.record({
        at: fc.integer({ min: 1, max: calls }),
        when: fc.constantFrom("before" as const, "after" as const),
        fate: fc.constantFrom("kept" as const, "unseen" as const, "gone" as const),
      });
      for (const death of fc.sample(deaths, { seed: SEED, numRuns: 3 })) {
        const { deed, breaches: broken } = await tell(stage, story, { ...death, where });
        expect({ death, deed, broken }).toEqual({ death, deed, broken: [] });
      }
    }
  },
  120_000,
);

/** Plays lives until one breaks a promise, and says what was broken. */
async function brokenBy(sabotage: Sabotage): Promise<string> {
  const found = nothingPlayed();
  for (let seed = SEED; found.breaches.length === 0 && seed < SEED + 10; seed += 1) {
    found.breaches.push(...(await playLife(stage, lifeOf(seed), sabotage)).breaches);
  }
  return found.breaches.join("\n");
}

test("a wallet that gives a payment away before it is journalled as sent is caught", async () => {
  const unmarked: Sabotage = (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      markSent: async (id) => {
        const payment = await ports.ledger.getPayment(id);
        if (!payment) throw new RangeError("it was reserved");
        return payment;
      },
    },
  });
  expect(await brokenBy(unmarked)).not.toBe("");
}, 120_000);

test("a wallet that signs an acknowledgement which it did not journal is caught", async () => {
  const forgetful: Sabotage = (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      updateChannel: async (id, change) => {
        const stored = await ports.ledger.getChannel(id);
        const patch = stored ? change(stored) : {};
        if (stored && "signedEarned" in patch) return { ...stored, ...patch };
        return ports.ledger.updateChannel(id, change);
      },
    },
  });
  expect(await brokenBy(forgetful)).toMatch(/disk: a server saw|two forms of/);
}, 120_000);
