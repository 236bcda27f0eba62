// I8 and I14 over the real middleware's books and the real contract: a short, seeded run of `npm run fuzz`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { playLives } from "./lives.ts";

test("whoever cheats, dies or loses messages: a payee that keeps its books is never slashed or unpaid, a payer loses at most what it has no receipt for", async () => {
  const { figures, failure } = await playLives({ seed: 0x402, lives: 25, steps: 50 });
  assert.equal(failure, undefined, failure?.report);
  // Nothing is proven by lives in which nothing happens.
  const happened = [
    figures.served,
    figures.refused,
    figures.deaths,
    figures.creditNotes,
    figures.claims,
    figures.honestCloses,
    figures.receiptsTried,
  ];
  assert.ok(
    happened.every((count) => count > 0),
    JSON.stringify(figures),
  );
  // A payee that closes at the ceiling although it gave back is slashed by its own receipt.
  assert.ok(figures.challengesWon > 0 && figures.hostileCloses >= figures.challengesWon, JSON.stringify(figures));
});
