/**
 * `npm run chaos`: kills the wallet and the shop again and again and holds every promise against what is left. Without
 * `--real` in one process, with `--real chromium` or `--real firefox` in a real browser. Ends badly on any breach.
 */
import { parseArgs } from "node:util";
import { planOf, realChaos, reportOf } from "../e2e/chaos/run.ts";
import { chaos } from "../lib/payment/testing/chaos/run.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    seed: { type: "string" },
    life: { type: "string" },
    real: { type: "string" },
    minutes: { type: "string" },
  },
});

function numberOf(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new TypeError(`--${name} is ${text}: it must be a whole number.`);
  return value;
}

function familyOf(text: string): "chromium" | "firefox" {
  if (text === "chromium" || text === "firefox") return text;
  throw new TypeError(`--real is ${text}: it must be chromium or firefox.`);
}

const say = (text: string) => void process.stderr.write(`› ${text}\n`);
const real = values.real === undefined ? undefined : familyOf(values.real);
const seed = numberOf("seed", values.seed, Math.floor(Math.random() * 1e9));
const runs = numberOf("runs", values.runs, real ? 30 : 1_000);
const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : numberOf("minutes", values.minutes, 0);
say(`seed ${seed}: give --seed ${seed} --runs ${runs} for the same plan again`);

let report: string;
let well: boolean;
if (real) {
  const figures = await realChaos(real, planOf(seed, runs), { say, minutes });
  report = reportOf(figures);
  well = figures.breaches.length === 0 && runs > 0;
} else {
  const life = values.life === undefined ? undefined : numberOf("life", values.life, 0);
  const figures = await chaos({ runs, seed, life, minutes, say });
  report = figures.report();
  well = figures.breaches.length === 0 && figures.runs > 0;
}
process.stdout.write(`${report}\n`);
// Requests of dead lives may still wait for an answer that nobody will give.
process.exit(well ? 0 : 1);
