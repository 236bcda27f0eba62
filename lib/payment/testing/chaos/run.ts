/** Chaos in one process: every canonical story with a death at every call of it, then random lives until enough died. */
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import type { When, Where } from "../life.ts";
import { Figures } from "./figures.ts";
import { nothingPlayed, playLife, readerLife } from "./lives.ts";
import type { Breach } from "./promises.ts";
import type { Fate } from "./reader.ts";
import { openStage, type Stage } from "./stage.ts";
import { STORIES, type Story, tell } from "./stories.ts";

/** After so many readers the shop starts with an empty store. */
const READERS_PER_STORE = 40;
/** After so many the chain is a new one: its history only grows. */
const READERS_PER_CHAIN = 800;

/** No life takes so long, in milliseconds: one that does is stuck. */
const STUCK_AFTER = 150_000;

const FATES: readonly Fate[] = ["kept", "unseen", "gone"];

interface Sample {
  readonly story: Story;
  readonly at: number;
  readonly when: When;
  readonly where: Where;
  readonly fate: Fate;
}

export interface ChaosOptions {
  /** Deaths, each followed by a restart and the checks. */
  readonly runs: number;
  readonly seed: number;
  /** Nothing new is begun after so many minutes: what was done until then counts. */
  readonly minutes?: number | undefined;
  /** Plays this one random life alone. */
  readonly life?: number | undefined;
  /** Hears what is going on, now and then. */
  readonly say?: ((text: string) => void) | undefined;
}

/** A random life is told by one number. */
export function lifeOf(seed: number) {
  const [life] = fc.sample(readerLife, { seed, numRuns: 1 });
  if (!life) throw new RangeError("a sample of one has one");
  return life;
}

/** At most half of the runs are the sweep of the stories; where that is not all of it, a seeded choice. */
export async function chaos({ runs, seed, life, minutes, say = () => undefined }: ChaosOptions): Promise<Figures> {
  const figures = new Figures(minutes);
  const stages = new Stages();
  try {
    if (life === undefined) await sweep(stages, { runs, seed, say }, figures);
    for (let next = life ?? seed; figures.runs < runs && !figures.isLate; next += 1) {
      const played = await stages.within(lifeOf(next), playLife);
      figures.addLife(played, `--life ${next}`);
      for (const breach of played.breaches) say(`BROKEN in life ${next}: ${breach}`);
      if ((next - seed) % 25 === 24) say(figures.line());
      if (life !== undefined) break;
    }
  } finally {
    await stages.close();
  }
  return figures;
}

/** Neither a life nor a story came to its end. */
const failed = (breach: Breach) => ({ ...nothingPlayed(), deed: undefined, breaches: [breach] });

interface Range extends Pick<ChaosOptions, "runs" | "seed"> {
  readonly say: (text: string) => void;
}

async function sweep(stages: Stages, { runs, seed, say }: Range, figures: Figures): Promise<void> {
  const all: Sample[] = [];
  for (const where of ["ports", "database"] as const) {
    for (const story of STORIES) {
      const whole = { at: Number.POSITIVE_INFINITY, when: "before", where, fate: "gone" } as const;
      const { calls, breaches } = await tell(await stages.next(), story, whole);
      figures.addBreaches(breaches, story.name);
      for (let at = 1; at <= calls; at += 1) {
        for (const when of ["before", "after"] as const) {
          for (const fate of FATES) all.push({ story, at, when, where, fate });
        }
      }
    }
  }
  const half = Math.floor(runs / 2);
  const chosen =
    all.length <= half
      ? all
      : (fc.sample(fc.shuffledSubarray(all, { minLength: half, maxLength: half }), { seed, numRuns: 1 })[0] ?? []);
  say(`the stories make ${all.length / 2 / FATES.length} calls; ${chosen.length} of ${all.length} deaths are tried`);
  for (const [index, { story, at, when, where, fate }] of chosen.entries()) {
    const told = await stages.within({ at, when, where, fate }, (stage, death) => tell(stage, story, death));
    figures.addStory(told.deed);
    const name = `${story.name}, dying ${when} call ${at} (${where}), ${fate}`;
    figures.addBreaches(told.breaches, name);
    for (const breach of told.breaches) say(`BROKEN in ${name}: ${breach}`);
    if (index % 100 === 99) say(figures.line());
    if (figures.isLate) return;
  }
}

/** One stage after another, so that none grows old. */
class Stages {
  #stage: Stage | undefined;
  #readers = 0;

  async next(): Promise<Stage> {
    if (this.#readers > 0 && this.#readers % READERS_PER_CHAIN === 0) await this.close();
    else if (this.#readers > 0 && this.#readers % READERS_PER_STORE === 0) await this.#stage?.shop.forget();
    this.#readers += 1;
    this.#stage ??= await openStage();
    return this.#stage;
  }

  /** Plays one thing on the present stage. What fails, or never ends, is a breach too, and the next has a new stage. */
  async within<T, R extends { readonly breaches: Breach[] }>(what: T, play: (stage: Stage, what: T) => Promise<R>) {
    const over = new AbortController();
    const stuck = pause(STUCK_AFTER, failed(`stuck: nothing came of it in ${STUCK_AFTER / 1000} s`), {
      signal: over.signal,
      ref: false,
    });
    stuck.catch(() => undefined);
    const played = (async () => play(await this.next(), what))().catch((error: unknown) =>
      failed(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    );
    const result = await Promise.race([played, stuck]);
    over.abort();
    if (result.breaches.length > 0) this.#stage = undefined;
    return result;
  }

  async close(): Promise<void> {
    await this.#stage?.close();
    this.#stage = undefined;
  }
}
