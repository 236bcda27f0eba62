// I8 and I14 over the real middleware's books and the real contract: a short, seeded run of `npm run fuzz`, and the
// proof that such a run notices a provider or a wallet that is broken.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FAULTS } from "./faults.ts";
import { playLives } from "./lives.ts";

const STEPS = 50;

test("whoever cheats, dies or loses messages: a payee that keeps its books is never slashed or unpaid, a payer loses at most what it has no receipt for", async () => {
  const { figures, failure } = await playLives({ seed: 0x402, lives: 25, steps: STEPS });
  assert.equal(failure, undefined, failure?.report);
  // Nothing is proven by lives in which something never happens.
  const never = Object.entries(figures).filter(([, count]) => count === 0);
  assert.deepEqual(never, [], JSON.stringify(figures));
  // A payee that closes at the ceiling although it gave back is slashed by its own receipt.
  assert.ok(figures.hostileCloses >= figures.challengesWon, JSON.stringify(figures));
});

describe("a run of lives notices", () => {
  for (const { name, fault, noticed, seed } of FAULTS) {
    test(name, async () => {
      const { failure } = await playLives({ seed, lives: 40, steps: STEPS, fault });
      assert.match(failure?.report ?? "nothing", noticed);
    });
  }
});
