import { describe, expect, test } from "vitest";
import {
  EVENTS,
  type Facts,
  GUARDS,
  type GuardName,
  isOpen,
  MACHINE,
  type PaymentEvent,
  type PaymentState,
  type Rule,
  STANDING,
  STATES,
  transition,
} from "./machine.ts";

const ROWS = STATES.flatMap((from) =>
  Object.entries(MACHINE[from]).map(([event, rule]) => ({ from, event: event as PaymentEvent, rule: rule as Rule })),
);

/** Every combination of what guards look at. */
const FACTS: Facts[] = [true, false].flatMap((fromChannel) =>
  [0, 1, 2].flatMap((attempts) =>
    [undefined, 1, 2, 3].flatMap((attempt) =>
      [undefined, 0n, 1n, 2n].flatMap((charged) =>
        [undefined, -1n, 0n, 1n, 2n, 3n].flatMap((proof) =>
          [undefined, true].map((outOfDate) => ({
            amount: 2n,
            fromChannel,
            outOfDate,
            attempts,
            attempt,
            charged,
            proof,
          })),
        ),
      ),
    ),
  ),
);

/** Every state that can follow `from` by any events. */
function reachable(from: PaymentState): Set<PaymentState> {
  const seen = new Set<PaymentState>([from]);
  for (const state of seen) for (const { to } of Object.values(MACHINE[state])) seen.add(to);
  return seen;
}

describe("the machine of a payment", () => {
  test("takes a row exactly if it is in the table and all its guards hold, whatever the payment", () => {
    for (const state of STATES) {
      for (const event of EVENTS) {
        const rule = MACHINE[state][event];
        for (const facts of FACTS) {
          if (rule?.if.every((name) => GUARDS[name].holds(facts))) expect(transition(state, event, facts)).toBe(rule);
          else {
            expect(() => transition(state, event, facts)).toThrow(
              expect.objectContaining({ code: "illegal_transition" }),
            );
          }
        }
      }
    }
  });

  test("has no guard that never or always holds, and none that no row uses", () => {
    const used = new Set<GuardName>(ROWS.flatMap(({ rule }) => rule.if));
    for (const [name, { holds }] of Object.entries(GUARDS)) {
      expect(used).toContain(name);
      expect(new Set(FACTS.map(holds))).toEqual(new Set([true, false]));
    }
  });

  test("reaches every state from planned, and from every open one an end", () => {
    expect(reachable("planned")).toEqual(new Set(STATES));
    for (const state of STATES.filter(isOpen)) {
      expect([...reachable(state)].some((next) => next !== "planned" && STANDING[next] === "final")).toBe(true);
    }
  });

  test("never leaves an end for an open state, and never comes back to planned or reserved", () => {
    for (const end of ["delivered", "refused", "reconciled"] as const) {
      expect([...reachable(end)].filter(isOpen)).toEqual([]);
    }
    const targets = ROWS.filter(({ from }) => from !== "planned").map(({ rule }) => rule.to);
    expect(targets).not.toContain("planned");
    expect(targets).not.toContain("reserved");
  });

  test("gives a debit back for four reasons only: nothing left, a receipt, the chain, a credit note", () => {
    const back = ROWS.filter(({ rule }) => rule.debit === "return" || rule.debit === "as_receipt");
    expect(new Set(back.map(({ event }) => event))).toEqual(
      new Set(["release", "recall", "deliver", "refuse", "reconcile", "expire", "credit"]),
    );
  });

  test("makes room in a channel only for what never left or is given up, and releases nothing sent twice", () => {
    const freed = ROWS.filter(({ rule }) => rule.room === "free");
    expect(new Set(freed.map(({ event }) => event))).toEqual(new Set(["release", "recall", "abandon"]));
    expect(ROWS.filter(({ event }) => event === "release").map(({ from }) => from)).toEqual(["reserved"]);
    expect(ROWS.filter(({ event }) => event === "recall").map(({ from }) => from)).toEqual(["sent"]);
    expect(MACHINE.sent.recall?.if).toContain("first_attempt");
  });

  test("knows no answer to what was not sent", () => {
    expect(Object.keys(MACHINE.reserved).sort()).toEqual(["release", "send"]);
    expect(Object.keys(MACHINE.planned)).toEqual(["reserve"]);
  });
});
