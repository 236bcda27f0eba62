/** A short seeded run of what `npm run chaos` does at length, and the proof that it catches a wallet that is broken. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PaymentPorts } from "#payment";
import { nothingPlayed, playLife, readerLife } from "./testing/chaos/lives.ts";
import type { Sabotage } from "./testing/chaos/reader.ts";
import { lifeOf } from "./testing/chaos/run.ts";
import { openStage, type Stage } from "./testing/chaos/stage.ts";
import { LOWERED, ONE_BY_ONE, STORIES, type Story, TOO_MANY, tell } from "./testing/chaos/stories.ts";

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

test("of more pages than a budget holds, asked for at once, those are paid that it holds", async () => {
  expect(await brokenIn(TOO_MANY)).toBe("");
}, 60_000);

/** What a story broke that was told to its end in peace. */
async function brokenIn(story: Story, sabotage?: Sabotage): Promise<string> {
  const whole = { at: Number.POSITIVE_INFINITY, when: "before", where: "ports", fate: "gone" } as const;
  return (await tell(stage, story, whole, sabotage)).breaches.join("\n");
}

test("a wallet that pays from a budget as it was before it was lowered is caught", async () => {
  const stubborn: Sabotage = (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      reserve: async (intent, plan) => {
        const [grant] = await ports.ledger.grants();
        if (grant && grant.terms.total < 200_000n) await ports.ledger.editGrant(grant.id, { total: 200_000n });
        return ports.ledger.reserve(intent, plan);
      },
    },
  });
  expect(await brokenIn(LOWERED, stubborn)).toMatch("budget: 40000 of 20000 was reserved with payment 2 (channel)");
}, 60_000);

test("a wallet whose budget forgets what was debited is caught", async () => {
  const forgetful: Sabotage = (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      reserve: async (intent, plan) => {
        const result = await ports.ledger.reserve(intent, plan);
        const grant = (await ports.ledger.grants()).find(({ key }) => key.payeeOrigin === intent.payeeOrigin);
        if (result.kind === "reserved" && result.fresh && grant) {
          await ports.ledger.editGrant(grant.id, { total: grant.terms.total + intent.amount });
        }
        return result;
      },
    },
  });
  expect(await brokenIn(TOO_MANY, forgetful)).toMatch("budget: 120000 of 100000 was reserved with payment 6 (channel)");
}, 60_000);

test("a wallet that uses a yes to one page for another one too is caught", async () => {
  let yes: Parameters<PaymentPorts["ledger"]["allowOnce"]>[0] | undefined;
  const eager: Sabotage = (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      allowOnce: (given) => {
        yes = given;
        return ports.ledger.allowOnce(given);
      },
      reserve: async (intent, plan) => {
        const result = await ports.ledger.reserve(intent, plan);
        if (result.kind !== "ask" || !yes) return result;
        const { requestId, offerId, amount } = intent;
        const requests = [{ requestId, offerId, amount }];
        await ports.ledger.allowOnce({ ...yes, approvalId: `${yes.approvalId} again`, requests });
        return ports.ledger.reserve(intent, plan);
      },
    },
  });
  expect(await brokenIn(ONE_BY_ONE, eager)).toMatch("once: 40000 was debited and the person said yes to 20000");
}, 60_000);
