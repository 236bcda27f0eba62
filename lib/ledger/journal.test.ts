import { describe, expect, test } from "vitest";
import { advance, EVENTS, isOpen, type PaymentEvent, type PaymentState, STATES, TRANSITIONS } from "./journal.ts";

/** Every state that can follow `from` by any events. */
function reachable(from: PaymentState): Set<PaymentState> {
  const seen = new Set<PaymentState>([from]);
  for (const state of seen) for (const next of Object.values(TRANSITIONS[state])) seen.add(next);
  return seen;
}

describe("the states of a payment", () => {
  test("every pair of state and event either is in the table or is rejected", () => {
    for (const state of STATES) {
      for (const event of EVENTS) {
        const next = TRANSITIONS[state][event];
        if (next) expect(advance(state, event)).toBe(next);
        else expect(() => advance(state, event)).toThrow(expect.objectContaining({ code: "illegal_transition" }));
      }
    }
  });

  test("every state is reached from planned, and from every open one an end can be reached", () => {
    expect(reachable("planned")).toEqual(new Set(STATES));
    for (const state of STATES.filter(isOpen)) {
      expect([...reachable(state)].some((next) => !isOpen(next) && next !== "planned")).toBe(true);
    }
  });

  test("a payment is released before or during its first attempt only, and a known end never becomes open again", () => {
    const releasable = STATES.filter((state) => TRANSITIONS[state].release);
    expect(releasable).toEqual(["reserved", "sent"]);
    expect(Object.values(TRANSITIONS).flatMap((events) => Object.values(events))).not.toContain("planned");
    for (const end of ["delivered", "refused", "reconciled"] as const) {
      expect([...reachable(end)].filter(isOpen)).toEqual([]);
    }
  });

  test("nothing is delivered, refused or lost before it was sent", () => {
    const events: PaymentEvent[] = ["deliver", "refuse", "lose", "abandon", "reconcile", "credit"];
    for (const event of events) expect(TRANSITIONS.reserved[event]).toBeUndefined();
  });
});
