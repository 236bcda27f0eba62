/** `npm run fuzz -- --minutes 5`: looks for a breach of the invariants with fresh seeds until the time is over. */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { addFigures, noFigures } from "../contracts/test/together/figures.ts";
import { playLives } from "../contracts/test/together/lives.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const HARDHAT = fileURLToPath(new URL("../node_modules/hardhat/dist/src/cli.js", import.meta.url));

/** Lives of one round and their length; a life is found again by its seed and path only if these are the same. */
const LIVES = 40;
const STEPS = 150;
/** What the Solidity tests begin with, and how long, in seconds, a later round of them may take. */
const FIRST_RUNS = 32;
const DEPTH = 60;
const LONGEST_ROUND = 120;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, seed: { type: "string" }, path: { type: "string" } },
});
const minutes = Number(values.minutes);
const given = values.seed === undefined ? undefined : Number(values.seed);
if (!(minutes > 0) || (given !== undefined && !Number.isInteger(given))) {
  process.stderr.write(
    "npm run fuzz -- --minutes 5 [--seed 1234 [--path 0:1]]: minutes above 0, a whole number as seed\n",
  );
  process.exit(2);
}

const started = performance.now();
const elapsed = () => (performance.now() - started) / 1_000;
const left = () => minutes * 60 - elapsed();
const say = (text: string) => process.stdout.write(`${Math.round(elapsed()).toString().padStart(5)} s  ${text}\n`);
const figures = noFigures();
const seeds: number[] = [];
let solidityRuns = 0;

function breach(report: string, command: string): never {
  process.stdout.write(`\n${report}\n\nA breach. To see it again: ${command}\n`);
  process.exit(1);
}

async function lives(seed: number, path?: string): Promise<void> {
  const outcome = await playLives({ seed, lives: LIVES, steps: STEPS, path });
  addFigures(figures, outcome.figures);
  if (outcome.failure) {
    breach(outcome.failure.report, `npm run fuzz -- --seed ${seed} --path ${outcome.failure.path}`);
  }
  const { lives: played, requests, honestCloses, hostileCloses, receiptsTried, challengesWon } = outcome.figures;
  say(
    `seed ${seed}: ${played} lives, ${requests} requests, ${honestCloses} honest and ${hostileCloses} hostile closes, ${receiptsTried} receipts tried in vain, ${challengesWon} challenges won`,
  );
}

/** The Solidity tests with that many runs. Returns the seconds that it took. */
function solidity(seed: number, runs: number): number {
  const from = elapsed();
  const settings = {
    TOLLPASS_FUZZ_RUNS: String(runs),
    TOLLPASS_FUZZ_DEPTH: String(DEPTH),
    TOLLPASS_FUZZ_SEED: `0x${seed.toString(16)}`,
  };
  const done = spawnSync(process.execPath, [HARDHAT, "test", "solidity"], {
    cwd: root,
    env: { ...process.env, ...settings, FORCE_COLOR: "0" },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (done.status !== 0) {
    const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    breach(`${done.stdout}${done.stderr}`, `${variables.join(" ")} npm run test:contracts -- solidity`);
  }
  solidityRuns += runs;
  const took = elapsed() - from;
  const passing = /(\d+) passing/.exec(done.stdout)?.[1] ?? "?";
  say(
    `seed ${seed}: ${passing} Solidity tests, ${runs} runs each, invariants ${DEPTH} calls deep, in ${Math.round(took)} s`,
  );
  return took;
}

if (values.path !== undefined) {
  await lives(given ?? 0, values.path);
} else {
  let runs = FIRST_RUNS;
  /** Seconds of one run, known after the first round. */
  let perRun = 0;
  for (let round = 0; round === 0 || left() > 0; round++) {
    const seed = given === undefined ? randomInt(2 ** 31) : given + round;
    seeds.push(seed);
    await lives(seed);
    if (left() <= 0) break;
    const affordable = perRun === 0 ? runs : Math.floor(Math.min(left(), LONGEST_ROUND) / perRun);
    if (affordable < 1) continue;
    runs = affordable;
    perRun = solidity(seed, runs) / runs;
  }
  say(`no breach. Seeds ${seeds.join(", ")}; Solidity tests with ${solidityRuns} runs each in all`);
  process.stdout.write(
    `${Object.entries(figures)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")}\n`,
  );
}
