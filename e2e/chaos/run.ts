/** Real kills at random moments while a page pays in parallel; after each a restart and every promise. */
import { setTimeout as pause } from "node:timers/promises";
import type { Family } from "../driver/launch.ts";
import { onDisk } from "./disk.ts";
import { type Breach, breaches, breachesAtTheEnd, breachesBeyondTheBudget, stuck } from "./promises.ts";
import { PRICE, RealReader } from "./reader.ts";

export type Victim = "background" | "shop" | "browser";

/** One kill: what dies, so many milliseconds after so many pages were asked for at once. */
export interface Kill {
  readonly victim: Victim;
  readonly pages: number;
  readonly after: number;
}

export interface RealFigures {
  readonly family: Family;
  readonly kills: Record<Victim, number>;
  pages: number;
  /** Kills that came while at least one of the pages was still on its way. */
  inTheMiddle: number;
  /** Requests that had no answer at all for half a minute, so that the page had to be loaded again. */
  unanswered: number;
  seconds: number;
  readonly breaches: Breach[];
}

const MOST_PAGES = 10;
/** In milliseconds: a page of ten payments takes about as long. */
const LATEST = 400;

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Eight of ten kills are the background's, one the shop's, one the browser's: those take their time to start again. */
export function planOf(seed: number, kills: number): Kill[] {
  const next = chance(seed);
  return Array.from({ length: kills }, () => {
    const drawn = next();
    return {
      victim: drawn < 0.8 ? "background" : drawn < 0.9 ? "shop" : "browser",
      pages: 1 + Math.floor(next() * MOST_PAGES),
      after: Math.floor(next() * LATEST),
    };
  });
}

export interface RealOptions {
  /** Hears what is going on, now and then. */
  readonly say?: (text: string) => void;
  /** Whether everything is settled, closed and added up at the end: that takes minutes, because unseen ends are waited for. */
  readonly toTheEnd?: boolean;
  /** No further kill after so many minutes: what was done until then counts. */
  readonly minutes?: number;
}

/** The price of every page of a plan, and of the page that the budget was given for: each once and not a unit more. */
const priceOf = (plan: readonly Kill[]): bigint => PRICE * plan.reduce((sum, { pages }) => sum + BigInt(pages), 1n);

/**
 * Carries out a plan in one browser profile, with a budget that the plan uses up: anything paid twice would be missing
 * in the end. Stops at the first breach.
 */
export async function realChaos(
  family: Family,
  plan: readonly Kill[],
  { say = () => undefined, toTheEnd = true, minutes = Number.POSITIVE_INFINITY }: RealOptions = {},
): Promise<RealFigures> {
  const reader = await RealReader.open(family, priceOf(plan), say);
  const figures: RealFigures = {
    family,
    kills: { background: 0, shop: 0, browser: 0 },
    pages: 1,
    inTheMiddle: 0,
    unanswered: 0,
    seconds: 0,
    breaches: [],
  };
  const began = performance.now();
  try {
    for (const [number, kill] of plan.entries()) {
      await carryOut(reader, kill, number, figures, say);
      figures.seconds = (performance.now() - began) / 1000;
      if ((number + 1) % 10 === 0) say(lineOf(figures));
      if (figures.breaches.length > 0 || figures.seconds > minutes * 60) break;
    }
    if (figures.breaches.length === 0) {
      figures.breaches.push(...(await breachesBeyondTheBudget(reader, figures.pages)));
    }
    if (toTheEnd && figures.breaches.length === 0)
      figures.breaches.push(...(await breachesAtTheEnd(reader, figures.pages)));
  } catch (error) {
    figures.breaches.push(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    figures.seconds = (performance.now() - began) / 1000;
    await reader.close();
  }
  return figures;
}

async function carryOut(
  reader: RealReader,
  kill: Kill,
  number: number,
  figures: RealFigures,
  say: (text: string) => void,
): Promise<void> {
  const { victim, pages, after } = kill;
  const paths = Array.from({ length: pages }, (_, index) => `/paid/${number}-${index}`);
  const servedBefore = reader.shop.served.length;
  await reader.fetch(paths);
  // A moment that nothing announces is the point of it.
  await pause(after);
  if (reader.shop.served.length - servedBefore < pages) figures.inTheMiddle += 1;
  figures.kills[victim] += 1;
  if (victim === "background") await reader.killBackground();
  if (victim === "shop") await reader.killShop();
  let wanted: readonly string[] = paths;
  if (victim === "browser") {
    await reader.killBrowser();
    // What had come whole before it died was read; asking for it again would be another purchase.
    const { received } = await onDisk(reader.wallet.page);
    wanted = paths.filter((path) => !received.has(`${reader.shop.origin}${path}`));
    await reader.fetch(wanted);
  }
  const found = await stuck(reader, wanted, (silent) => {
    figures.unanswered += silent.length;
    for (const path of silent) {
      const arrived = reader.shop.paymentsFor(path).length;
      const served = reader.shop.served.filter((each) => each === path).length;
      say(
        `no answer for ${path} after kill ${number + 1} (${victim}, ${after} ms): ${arrived} payments, served ${served} times`,
      );
    }
  });
  figures.pages += pages;
  found.push(...(await breaches(reader, figures.pages)));
  figures.breaches.push(...found.map((breach) => `kill ${number + 1} (${victim}, ${after} ms): ${breach}`));
}

export function lineOf({
  family,
  kills,
  pages,
  inTheMiddle,
  unanswered,
  seconds,
  breaches: found,
}: RealFigures): string {
  const all = kills.background + kills.shop + kills.browser;
  return (
    `${family}: ${all} kills (${kills.background} of the background, ${kills.browser} of the browser, ${kills.shop} of the shop), ` +
    `${inTheMiddle} of them before all ${pages} pages in all were served, ${unanswered} requests without an answer, ${found.length} breaches, ${(seconds / Math.max(all, 1)).toFixed(1)} s a kill`
  );
}

/** Everything, for the end of a long run. */
export function reportOf(figures: RealFigures): string {
  return [`${lineOf(figures)}, ${Math.round(figures.seconds)} s`, ...figures.breaches].join("\n");
}
