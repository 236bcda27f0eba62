/**
 * Every interleaving of up to three payments, from channels and without, with a background that may die after each
 * step: all worlds are visited, and in each of them and over each step the promises hold.
 */
import { expect, test } from "vitest";
import { isOpen, MACHINE, STANDING } from "./machine.ts";
import { eventsOfReconciling, type Step, type StepKind, steps, take } from "./testing/model.ts";
import { BEGINNING, canonical, type Kind, PRICE, type Wishes, type World } from "./testing/world.ts";

const sum = <T>(list: readonly T[], of: (one: T) => number) => list.reduce((total, one) => total + of(one), 0);

/** What does not hold in this world; undefined if all does. */
function broken({ payments, channel, books, spent }: World, { cap }: Wishes): string | undefined {
  if (spent > cap) return "more is spent than the cap";
  if (sum(payments, ({ debited }) => debited) !== spent) return "the sum of the debits is not what is spent";
  const fromChannel = payments.filter(({ kind }) => kind === "channel");
  if (new Set(fromChannel.map(({ nonce }) => nonce)).size !== fromChannel.length) return "a nonce has two states";
  if (channel.gross !== sum(fromChannel, ({ inGross }) => (inGross ? PRICE : 0)))
    return "gross is not the sum of prices";
  if (books.net > channel.authorized - books.credited) return "the payee has booked more than was signed";
  for (const one of payments) {
    const out = one.wire || one.seen || one.proof;
    if (out && one.attempts === 0) return "bytes left before they were journalled";
    if (out && one.signed.authorized > channel.authorized) return "the disk knows of less than was signed";
    if (out && one.nonce > channel.nonce) return "the disk knows of fewer nonces than were signed";
    if (one.state === "refused" && (one.charged !== 0 || one.debited !== 0)) return "refused without a proof";
    if (one.state === "delivered" && one.charged === undefined) return "delivered without a proof";
    if ((one.cost ?? 0) > one.debited) return "the payee took more than stays debited";
    if (one.wire && one.debited === 0 && one.cost === undefined)
      return "money came back while its bytes are on their way";
  }
  return undefined;
}

/** What does not hold over this step. */
function brokenOver(before: World, { kind }: Step, after: World): string | undefined {
  for (const total of ["nonce", "authorized", "credited"] as const) {
    if (after.channel[total] < before.channel[total]) return `${total} fell`;
  }
  for (const [index, one] of before.payments.entries()) {
    const next = after.payments[index];
    if (!next) return "a payment was forgotten";
    if (one.state !== "planned" && STANDING[one.state as keyof typeof STANDING] === "final" && isOpen(next.state)) {
      return "an end was no end";
    }
    if (next.nonce !== one.nonce || next.signed.authorized !== one.signed.authorized)
      return "other bytes for one nonce";
    if (next.debited > one.debited) return "a payment was debited twice";
  }
  const released = after.spent < before.spent || after.channel.gross < before.channel.gross;
  if (released && PROVES_NOTHING.has(kind)) return `"${kind}" released money`;
  return undefined;
}

/** A 402, a lie, a lost answer, a death and what nobody heard of: none of them gives a unit back. */
const PROVES_NOTHING = new Set<StepKind>(["refuse", "lie", "drop", "miss", "late", "die", "send", "send_and_die"]);

/**
 * What a restart makes of this world: with a payee and a chain that answer every payment has its end; without, what was
 * never sent has, and the rest waits with its debit.
 */
function stuck(world: World, wishes: Wishes): string | undefined {
  let now = take(world, { kind: "die", of: 0 }, wishes) ?? world;
  for (const of of now.payments.keys()) now = take(now, { kind: "drop", of }, wishes) ?? now;
  for (const of of now.payments.keys()) now = take(now, { kind: "reconcile", of }, wishes) ?? now;
  if (now.payments.some(({ state }) => isOpen(state))) return "a payment has no end though everybody answers";
  for (const one of world.payments) {
    const ends = eventsOfReconciling({ ...one, wire: true, cost: undefined }).length > 0;
    if (ends !== (one.state === "reserved")) return "what may still be taken is ended without an answer";
  }
  return undefined;
}

/** How many worlds there are. Throws with the shortest way to the first one in which a promise is broken. */
function explore(wishes: Wishes): number {
  const cameBy = new Map<string, { from: string; step: Step } | undefined>([[canonical(BEGINNING), undefined]]);
  let layer: { key: string; world: World }[] = [{ key: canonical(BEGINNING), world: BEGINNING }];
  const wayTo = (key: string): string => {
    const way: string[] = [];
    for (let at = cameBy.get(key); at; at = cameBy.get(at.from)) way.unshift(`${at.step.kind} ${at.step.of}`);
    return way.join(", ");
  };
  while (layer.length > 0) {
    const next: typeof layer = [];
    for (const { key: from, world } of layer) {
      for (const { step, to } of steps(world, wishes)) {
        const key = canonical(to);
        const wrong = brokenOver(world, step, to);
        const known = cameBy.has(key);
        if (!known) cameBy.set(key, { from, step });
        const fault = wrong ?? (known ? undefined : (broken(to, wishes) ?? stuck(to, wishes)));
        if (fault) throw new Error(`${fault}, after: ${wayTo(from)}, ${step.kind} ${step.of}`);
        if (!known) next.push({ key, world: to });
      }
    }
    layer = next;
  }
  return cameBy.size;
}

const of = (letters: string): Kind[] => [...letters].map((letter) => (letter === "c" ? "channel" : "direct"));

test.each([
  { kinds: "c", cap: 2, worlds: 68 },
  { kinds: "d", cap: 2, worlds: 28 },
  { kinds: "cc", cap: 3, worlds: 401 },
  { kinds: "cdc", cap: 5, worlds: 15_130 },
  { kinds: "dcd", cap: 5, worlds: 5_356 },
  { kinds: "ddd", cap: 5, worlds: 784 },
  { kinds: "ccc", cap: 5, worlds: 73_410 },
  { kinds: "ccc", cap: 6, worlds: 407_291 },
])(
  "payments $kinds (c from a channel, d without) under a cap of $cap: all $worlds worlds keep the promises",
  ({ kinds, cap, worlds }) => {
    expect(explore({ kinds: of(kinds), cap })).toBe(worlds);
  },
  180_000,
);

/** Rows that a careless hand might write, and what gives them away. */
test.each([
  ["sent", "lose", { debit: "return" }, /"(refuse|miss|drop)" released money/],
  ["delivered", "credit", { to: "unknown" }, /an end was no end/],
  ["sent", "cheat", { debit: "return" }, /"lie" released money/],
  ["sent", "abandon", { debit: "return" }, /the payee took more than stays debited/],
  ["unknown", "abandon", { debit: "return" }, /the payee took more than stays debited/],
  ["sent", "deliver", { to: "sent" }, /a payment has no end though everybody answers/],
  ["reserved", "send", { to: "reserved" }, /A payment that is reserved cannot/],
  ["reserved", "release", { to: "unknown" }, /a payment has no end though everybody answers/],
] as const)("a machine in which %s %s %j is found out", (state, event, change, fault) => {
  const row = MACHINE[state][event];
  const kept = { ...row };
  Object.assign(row ?? {}, change);
  try {
    expect(() => explore({ kinds: of("cc"), cap: 4 })).toThrow(fault);
  } finally {
    Object.assign(row ?? {}, kept);
  }
});
