/** What chaos did and what it found, in figures. */
import type { Played } from "./lives.ts";
import type { Breach } from "./promises.ts";

export class Figures {
  /** Deaths of the background, each followed by a restart and checks. */
  runs = 0;
  pages = 0;
  lives = 0;
  readonly #deaths = new Map<string, number>();
  readonly #shopDeaths = new Map<string, number>();
  readonly breaches: { readonly where: string; readonly breach: Breach }[] = [];
  readonly #began = performance.now();
  readonly #minutes: number;

  constructor(minutes = Number.POSITIVE_INFINITY) {
    this.#minutes = minutes;
  }

  /** Whether its time is over. */
  get isLate(): boolean {
    return performance.now() - this.#began > this.#minutes * 60_000;
  }

  addStory(deed: string | undefined): void {
    this.runs += 1;
    count(this.#deaths, deed ?? "at rest");
  }

  addLife({ deaths, shopDeaths, restarts, pages, breaches }: Played, repeat: string): void {
    this.runs += restarts;
    this.lives += 1;
    this.pages += pages;
    for (const deed of deaths) count(this.#deaths, deed);
    for (const deed of shopDeaths) count(this.#shopDeaths, deed);
    this.addBreaches(breaches, repeat);
  }

  addBreaches(breaches: readonly Breach[], where: string): void {
    for (const breach of breaches) this.breaches.push({ where, breach });
  }

  /** Runs per second so far. */
  get rate(): number {
    return this.runs / ((performance.now() - this.#began) / 1000);
  }

  line(): string {
    return `${this.runs} runs, ${sumOf(this.#shopDeaths)} deaths of the shop, ${this.breaches.length} breaches, ${this.rate.toFixed(1)} runs/s`;
  }

  /** Everything, for the end of a long run. */
  report(): string {
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    return [
      `${this.runs} runs (a death of the background, a restart, all checks) in ${seconds} s: ${this.rate.toFixed(1)} a second`,
      `${this.lives} random lives with ${this.pages} pages; ${sumOf(this.#shopDeaths)} deaths of the shop`,
      "deaths by call, before and after it:",
      ...table(this.#deaths),
      ...(this.#shopDeaths.size > 0 ? ["deaths of the shop by call to its store:", ...table(this.#shopDeaths)] : []),
      `${this.breaches.length} breaches`,
      ...this.breaches.map(({ where, breach }) => `  ${where}: ${breach}`),
    ].join("\n");
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, each) => sum + each, 0);

/** One line per call, the most frequent first: "before" and "after" beside each other. */
function table(counts: ReadonlyMap<string, number>): string[] {
  const nameOf = (deed: string) => deed.replace(/^(before|after) /, "");
  const names = [...new Set([...counts.keys()].map(nameOf))];
  const times = (name: string, when: string) => counts.get(`${when} ${name}`) ?? 0;
  const rows = names.map((name) => ({
    name,
    before: times(name, "before"),
    after: times(name, "after"),
    plain: counts.get(name) ?? 0,
  }));
  const total = ({ before, after, plain }: (typeof rows)[number]) => before + after + plain;
  return rows
    .sort((one, other) => total(other) - total(one))
    .map((row) => `  ${row.name.padEnd(28)} ${row.plain > 0 ? String(row.plain) : `${row.before} + ${row.after}`}`);
}
