/**
 * The real ledger goes the same ways as the model (`model.ts`): every short one, and a seeded sample of long ones. After
 * each step that the wallet takes, what is on the disk is what the model says. A death is a real one, in the middle of a
 * transaction, and the next life opens what is left.
 */
import { expect, test } from "vitest";
import type { Ledger } from "./ledger.ts";
import type { PaymentEvent } from "./machine.ts";
import {
  channelPlan,
  direct,
  directPlan,
  hash,
  intent,
  KEY,
  receipt,
  reopen,
  SITE,
  terms,
  testPorts,
} from "./testing/fixtures.ts";
import { dieAt, live } from "./testing/killPoint.ts";
import {
  eventOfProof,
  eventsOfReconciling,
  eventWithoutProof,
  type Step,
  type StepKind,
  steps,
  take,
} from "./testing/model.ts";
import { BEGINNING, type Kind, type ModelPayment, PRICE, type Wishes, type World } from "./testing/world.ts";

const price = BigInt(PRICE);
/** A budget pays by the scheme of its first payment alone; here one budget is shared. */
const ONE_SCHEME = { scheme: "state-channel" };
/** Steps of the world alone: the wallet writes nothing. */
const ELSEWHERE = new Set<StepKind>(["serve", "serve_free", "late"]);

/** A real wallet that walks beside the model. */
class Walker {
  readonly #ports = testPorts();
  readonly #wishes: Wishes;
  readonly #ids: string[] = [];
  #ledger!: Ledger;
  #deaths = 0;
  world = BEGINNING;

  constructor(wishes: Wishes) {
    this.#wishes = wishes;
  }

  async begin(): Promise<void> {
    this.#ledger = await reopen(this.#ports);
    await this.#ledger.createGrant({ key: KEY, terms: terms({ total: BigInt(this.#wishes.cap) }) });
  }

  async step(step: Step): Promise<void> {
    const to = take(this.world, step, this.#wishes);
    if (!to) throw new RangeError("the model knows no such step");
    const before = this.world.payments[step.of];
    if (step.kind === "reserve") expect(await this.#reserve(step.of)).toBe("reserved");
    else if (step.kind === "die") await this.#die();
    else if (before && !ELSEWHERE.has(step.kind)) await this.#act(step, before, to.payments[step.of]);
    this.world = to;
    if (!ELSEWHERE.has(step.kind)) await this.#compare();
  }

  /** At the end of the way: the sums agree, and where the model reserves no more the ledger does not either. */
  async end(): Promise<void> {
    const of = this.world.payments.length;
    if (of < this.#wishes.kinds.length && !take(this.world, { kind: "reserve", of }, this.#wishes)) {
      expect(await this.#reserve(of)).not.toBe("reserved");
    }
    expect(await this.#ledger.audit()).toMatchObject({ ok: true, findings: [] });
    this.#ledger.close();
  }

  async #reserve(of: number): Promise<string> {
    const kind = this.#wishes.kinds[of];
    const result =
      kind === "channel"
        ? await this.#ledger.reserve(intent(`p${of}`, { amount: price }), channelPlan(price))
        : await this.#ledger.reserve(direct(`p${of}`, { amount: price, ...ONE_SCHEME }), directPlan);
    if (result.kind === "reserved") this.#ids[of] = result.payment.id;
    return result.kind;
  }

  async #act({ kind, of }: Step, before: ModelPayment, after: ModelPayment | undefined): Promise<void> {
    const id = this.#ids[of] ?? "";
    switch (kind) {
      case "send":
        await this.#ledger.markSent(id, before.attempts + 1);
        return;
      case "send_and_die":
        await this.#ledger.markSent(id, before.attempts + 1);
        return this.#die();
      case "hear":
        // A proof that is held already is journalled once more, and changes nothing.
        return this.#journal(id, eventOfProof(before) ?? "deliver", before);
      case "receipt":
        return this.#journal(id, "reconcile", before);
      case "credit":
        return this.#journal(id, "credit", after ?? before);
      case "reconcile":
        for (const event of eventsOfReconciling(before)) await this.#journal(id, event, before);
        return;
      default: {
        const event = eventWithoutProof(kind, before);
        if (event) await this.#journal(id, event, before);
      }
    }
  }

  async #journal(id: string, event: PaymentEvent, { kind, cost = 0, told, nonce, state }: ModelPayment): Promise<void> {
    const ledger = this.#ledger;
    const proof = kind === "channel" ? { receipt: receipt(BigInt(nonce), BigInt(cost), BigInt(told)) } : {};
    const outcome =
      cost === 0 && "receipt" in proof
        ? ({ kind: "not_charged", receipt: proof.receipt } as const)
        : ({ kind: "delivered", charged: BigInt(cost), ...proof } as const);
    switch (event) {
      case "lose":
        return void (await ledger.settle(id, { kind: "unknown", reason: "lost_answer" }));
      case "cheat":
        return void (await ledger.settle(id, { kind: "cheated", reason: "receipt_forged" }));
      case "release":
        return void (await ledger.settle(id, { kind: "never_sent", reason: "interrupted" }));
      case "recall":
        return void (await ledger.settle(id, { kind: "recalled", reason: "aborted" }));
      case "abandon":
        return void (await ledger.abandon(id, "no_answer"));
      case "expire":
        return void (await ledger.reconcile(id, { kind: "expired", proof: "unused at block 9" }));
      case "reconcile":
        return void (await ledger.reconcile(id, outcome));
      default:
        return void (await (state === "reconciled" ? ledger.reconcile(id, outcome) : ledger.settle(id, outcome)));
    }
  }

  /** In the middle of a transaction that would have paid once more. */
  async #die(): Promise<void> {
    this.#deaths += 1;
    dieAt(1 + (this.#deaths % 6), this.#deaths % 2 === 0 ? "before" : "after");
    await expect(this.#ledger.reserve(direct(`lost ${this.#deaths}`, ONE_SCHEME), directPlan)).rejects.toThrow();
    expect(live()).toBe(true);
    this.#ledger.close();
    this.#ledger = await reopen(this.#ports);
  }

  async #compare(): Promise<void> {
    const [payments, channel, totals] = await Promise.all([
      this.#ledger.history({ limit: 9, site: SITE }),
      this.#ledger.getChannel(hash(1)),
      this.#ledger.grants(),
    ]);
    expect({
      payments: payments.payments
        .map(({ state, attempts, charged, debited, inGross, nonce, signed, receipt }) => ({
          state,
          attempts,
          charged,
          debited,
          inGross,
          nonce,
          authorized: signed?.authorized,
          credited: signed?.credited,
          receipt: receipt !== undefined,
        }))
        .reverse(),
      channel: channel && {
        nonce: channel.nonce,
        authorized: channel.authorized,
        gross: channel.gross,
        credited: channel.credited,
        released: channel.released,
        untrusted: channel.untrusted !== undefined,
      },
      spent: totals[0]?.spent,
    }).toEqual(asStored(this.world));
  }
}

function asStored({ payments, channel, spent }: World) {
  const ofChannel = (kind: Kind, amount: number) => (kind === "channel" ? BigInt(amount) : undefined);
  const { nonce, authorized, gross, credited, released, untrusted } = channel;
  return {
    payments: payments.map((one) => ({
      state: one.state,
      attempts: one.attempts,
      charged: one.charged === undefined ? undefined : BigInt(one.charged),
      debited: BigInt(one.debited),
      inGross: one.inGross,
      nonce: ofChannel(one.kind, one.nonce),
      authorized: ofChannel(one.kind, one.signed.authorized),
      credited: ofChannel(one.kind, one.signed.credited),
      receipt: one.receipt,
    })),
    channel:
      nonce === 0
        ? undefined
        : {
            nonce: BigInt(nonce),
            authorized: BigInt(authorized),
            gross: BigInt(gross),
            credited: BigInt(credited),
            released: BigInt(released),
            untrusted,
          },
    spent: BigInt(spent),
  };
}

/** Every way of `length` steps, or of fewer where nothing can follow. */
function ways(wishes: Wishes, length: number): Step[][] {
  const found: Step[][] = [];
  const walk = (world: World, way: readonly Step[]) => {
    const next = way.length < length ? steps(world, wishes) : [];
    if (next.length === 0) found.push([...way]);
    for (const { step, to } of next) walk(to, [...way, step]);
  };
  walk(BEGINNING, []);
  return found;
}

/** Numbers from 0 up to below 1, always the same ones for a seed (mulberry32). */
function numbers(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomWay(wishes: Wishes, seed: number): Step[] {
  const random = numbers(seed);
  const way: Step[] = [];
  for (let world = BEGINNING; way.length < LONG; ) {
    const next = steps(world, wishes);
    const chosen = next[Math.floor(random() * next.length)];
    if (!chosen) break;
    way.push(chosen.step);
    world = chosen.to;
  }
  return way;
}

async function follow(wishes: Wishes, way: readonly Step[]): Promise<void> {
  live();
  const walker = new Walker(wishes);
  await walker.begin();
  for (const [n, step] of way.entries()) {
    await walker.step(step).catch((error: unknown) => {
      const gone = way.slice(0, n + 1).map(({ kind, of }) => `${kind} ${of}`);
      throw new Error(`the ledger goes another way after: ${gone.join(", ")}`, { cause: error });
    });
  }
  await walker.end();
}

const kindsOf = (letters: string): Kind[] => [...letters].map((letter) => (letter === "c" ? "channel" : "direct"));

test.each([
  { kinds: "c", cap: 2, length: 5, count: 113 },
  { kinds: "d", cap: 2, length: 6, count: 137 },
  { kinds: "cc", cap: 4, length: 4, count: 108 },
  { kinds: "cd", cap: 4, length: 4, count: 106 },
])(
  "the ledger agrees with the model on all $count ways of $length steps of payments $kinds",
  async ({ kinds, cap, length, count }) => {
    const wishes = { kinds: kindsOf(kinds), cap };
    const all = ways(wishes, length);
    expect(all).toHaveLength(count);
    for (const way of all) await follow(wishes, way);
  },
  120_000,
);

const LONG = 40;
const SAMPLE = 30;

test.each(["ccc", "ccd", "cdc", "ddd"])(
  `the ledger agrees with the model on ${SAMPLE} random ways of up to ${LONG} steps of payments %s`,
  async (kinds) => {
    const wishes = { kinds: kindsOf(kinds), cap: 5 };
    for (let seed = 1; seed <= SAMPLE; seed++) await follow(wishes, randomWay(wishes, seed));
  },
  120_000,
);
