/**
 * Random lives: pages that ask in parallel, answers that are lost before or after the server worked, budgets that are
 * edited, a chain that cannot be read, a shop that dies, and a background that dies again and again, also while it is
 * recovering from the last death. After every death it starts again and every promise is checked.
 */
import fc from "fast-check";
import { Life, type When, type Where } from "../life.ts";
import { type Breach, breaches, breachesAtTheEnd } from "./promises.ts";
import { type Fate, Reader, type Sabotage } from "./reader.ts";
import type { Stage } from "./stage.ts";

type Loss = "none" | "before" | "after" | "in_body" | "no_receipt" | "says_402";

interface Doom {
  /** The call at which it dies; a life that makes fewer dies at its end. */
  readonly at: number;
  readonly when: When;
  readonly where: Where;
}

interface Turn {
  /** Pages asked for in parallel, each with what happens to its first paid answer. */
  readonly pages: readonly (readonly [page: number, loss: Loss])[];
  readonly exact: boolean;
  /** One death after another, before the last restart recovers everything. */
  readonly deaths: readonly Doom[];
  readonly fate: Fate;
  /** The shop dies at that call to its store. */
  readonly shopDies: number | undefined;
  readonly rpcDown: boolean;
  /** A new cap before this turn, in cents; what was spent stays spent. */
  readonly cap: number | undefined;
}

export interface ReaderLife {
  /** The first budget, in dollars. */
  readonly budget: string;
  readonly turns: readonly Turn[];
}

const loss = fc.constantFrom<Loss>(
  "none",
  "none",
  "none",
  "none",
  "before",
  "after",
  "in_body",
  "no_receipt",
  "says_402",
);
const doom = fc.record({
  at: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 8, max: 60 }), fc.integer({ min: 8, max: 160 })),
  when: fc.constantFrom<When>("before", "after"),
  where: fc.constantFrom<Where>("ports", "ports", "ports", "database"),
});
const seldom = (times: number) => fc.integer({ min: 0, max: times }).map((drawn) => drawn === times);

const turn: fc.Arbitrary<Turn> = fc.record({
  pages: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), loss), { minLength: 1, maxLength: 5 }),
  exact: seldom(19),
  deaths: fc.array(doom, { minLength: 1, maxLength: 3 }),
  fate: fc.constantFrom<Fate>("kept", "unseen", "gone"),
  shopDies: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 3 }),
  rpcDown: seldom(9),
  cap: fc.option(fc.integer({ min: 2, max: 200 }), { nil: undefined, freq: 2 }),
});

export const readerLife: fc.Arbitrary<ReaderLife> = fc.record({
  budget: fc.constantFrom("$0.20", "$2", "$2", "$2"),
  turns: fc.array(turn, { minLength: 1, maxLength: 8 }),
});

/** What was played, for figures and for the claim that it was much. */
export interface Played {
  /** Deaths that were followed by a restart, by the call at which they came. */
  readonly deaths: string[];
  readonly shopDeaths: string[];
  restarts: number;
  pages: number;
  readonly breaches: Breach[];
}

export const nothingPlayed = (): Played => ({ deaths: [], shopDeaths: [], restarts: 0, pages: 0, breaches: [] });

function loseAnswers(reader: Reader, losses: Map<string, Loss>): void {
  const server = reader.serverOf("channel");
  server.tricks = {
    before: ({ payment, path }) => {
      if (payment === undefined || losses.get(path) !== "before") return undefined;
      losses.delete(path);
      return "cut";
    },
    after: ({ payment, path }, answer) => {
      const lost = payment === undefined ? undefined : losses.get(path);
      losses.delete(payment === undefined ? "" : path);
      if (lost === "no_receipt" || lost === "says_402") delete answer.headers["payment-response"];
      if (lost === "says_402") {
        answer.status = 402;
        const wish = reader.wishes.get(path);
        if (wish) wish.lies += 1;
      }
      if (lost === "after") return "cut";
      return lost === "in_body" ? "cut_in_body" : undefined;
    },
  };
}

/** Plays one reader's life to its end. The promises that it broke are in `breaches`. */
export async function playLife(stage: Stage, { budget, turns }: ReaderLife, sabotage?: Sabotage): Promise<Played> {
  const reader = await Reader.open(stage, { budget, sabotage });
  const played = nothingPlayed();
  const shopDeathsBefore = stage.shop.deaths.length;
  for (const [number, each] of turns.entries()) {
    await playTurn(reader, each, number, played);
    if (played.breaches.length > 0) break;
  }
  if (played.breaches.length === 0) {
    await reader.live(new Life(), async (wallet) => {
      played.breaches.push(...(await breachesAtTheEnd(reader, wallet)));
    });
  }
  played.shopDeaths.push(...stage.shop.deaths.slice(shopDeathsBefore));
  played.pages = reader.wishes.size;
  return played;
}

async function playTurn(reader: Reader, turn: Turn, number: number, played: Played): Promise<void> {
  const { pages, deaths, fate, rpcDown, cap, shopDies, exact } = turn;
  const { shop } = reader.stage;
  for (const [page] of pages) reader.want(`${number}-${page}`);
  if (exact) reader.want(`${number}`, "exact");
  loseAnswers(reader, new Map(pages.map(([page, lost]) => [reader.pathOf(`${number}-${page}`, "channel"), lost])));
  shop.dieAt(shopDies, number % 2 === 0 ? "before" : "after");
  reader.fate = fate;
  reader.rpcDown = rpcDown;
  for (const [index, { at, when, where }] of deaths.entries()) {
    const life = new Life(at, when, where);
    await reader.live(life, async (wallet) => {
      if (index === 0 && cap !== undefined) await reader.editCap(wallet, BigInt(cap) * 10_000n);
      const visits = Promise.all(reader.wanted().map((wish) => wish.underWay ?? reader.visit(wish)));
      if (index > 0) await wallet.payments.reconcile();
      await visits;
      // What comes after the pages has its deaths too: bodies that end, receipts, the acknowledgement.
      await wallet.payments.reconcile();
    });
    await died(reader, fate);
    played.deaths.push(life.deed ?? "at rest");
    played.restarts += 1;
  }
  reader.rpcDown = false;
  reader.serverOf("channel").tricks = {};
  shop.dieAt(undefined, "before");
  await shop.alive();
  await reader.live(new Life(), async (wallet) => {
    played.breaches.push(...(await breaches(reader, wallet)));
  });
}

/** With the browser dies what was in its session; the person unlocks the wallet again. */
async function died(reader: Reader, fate: Fate): Promise<void> {
  if (fate === "gone") reader.disk = { ...reader.disk, session: await reader.stage.unlockedSession() };
  await reader.stage.shop.alive();
}
