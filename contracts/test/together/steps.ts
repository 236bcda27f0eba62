// What can happen in a life, as fast-check draws and shrinks it.
import { MAX_AMOUNT } from "@tollpass/protocol";
import fc from "fast-check";

const KINDS = [
  ["sign", 24],
  ["arrive", 28],
  ["finish", 14],
  ["read", 10],
  ["ack", 4],
  ["lose", 1],
  ["abandon", 2],
  ["hang up", 1],
  ["again", 2],
  ["misuse", 2],
  ["fetch", 2],
  ["credit", 4],
  ["claim", 2],
  ["gift", 1],
  ["refund", 3],
  ["part", 1],
  ["exit", 1],
  ["decide", 1],
  ["submit", 2],
  ["challenge", 1],
  ["conclude", 1],
  ["die", 1],
  ["reopen", 4],
  ["wait", 2],
] as const;
export type Kind = (typeof KINDS)[number][0];

/** One step; what its numbers mean depends on its kind. */
export interface Step {
  readonly kind: Kind;
  /** Which of the things that it could be about, and the like. */
  readonly pick: number;
  readonly amount: bigint;
  /** Which way it goes, out of eight. */
  readonly way: number;
}

export interface LifePlan {
  /**
   * A hostile payer signs what it likes; a hostile payee closes and answers as it likes. A hiding one is hostile with one
   * aim: it keeps what it gives back from its receipts, and closes at all that was authorised.
   */
  readonly payer: "honest" | "hostile";
  readonly payee: "honest" | "hostile" | "hiding";
  /** Where the payee's books are. Waiting for a real disk takes most of a life's time, so not all have one. */
  readonly store: "file" | "memory";
  readonly budget: bigint;
  readonly maxUnacked: number;
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...KINDS.map(([kind, weight]) => ({ arbitrary: fc.constant(kind), weight }))),
  pick: fc.nat({ max: 1_000 }),
  amount: fc.bigInt({ min: 1n, max: 24n }),
  way: fc.nat({ max: 7 }),
});

/** Lives of up to so many steps. */
export const lifePlan = (steps: number): fc.Arbitrary<LifePlan> =>
  fc
    .record({
      parties: fc.constantFrom(
        ["honest", "honest"] as const,
        ["hostile", "honest"] as const,
        ["hostile", "honest"] as const,
        ["honest", "hostile"] as const,
        ["honest", "hiding"] as const,
        ["hostile", "hostile"] as const,
      ),
      store: fc.constantFrom("memory", "memory", "memory", "file"),
      budget: fc.bigInt({ min: 20n, max: 160n }),
      maxUnacked: fc.integer({ min: 2, max: 16 }),
      steps: fc.array(step, { minLength: Math.floor(steps / 2), maxLength: steps, size: "max" }),
    })
    .map(({ parties: [payer, payee], ...rest }) => ({ payer, payee, ...rest }));

/** The one that a step is about, if there is any. */
export const choose = <T>(items: readonly T[], pick: number): T | undefined => items[pick % Math.max(1, items.length)];

/** What can be written down as an amount. */
export const clamp = (amount: bigint): bigint => (amount < 0n ? 0n : amount > MAX_AMOUNT ? MAX_AMOUNT : amount);
