/**
 * `npm run fuzz -- --minutes 5`: looks for a breach of the invariants with fresh seeds until the time is over. Exits with 0
 * if there was none, with 1 after a breach or a run that tested nothing, with 2 if it was stopped or asked the impossible.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { addFigures, noFigures } from "../contracts/test/together/figures.ts";
import { playLives } from "../contracts/test/together/lives.ts";
import { FUZZ_USAGE, fuzzOptions, solidityOutcome } from "./fuzzRun.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const HARDHAT = fileURLToPath(new URL("../node_modules/hardhat/dist/src/cli.js", import.meta.url));

/** Lives of one round and their length; a life is found again by its seed and path only if these are the same. */
const LIVES = 40;
const STEPS = 150;
/** Runs that the Solidity tests begin with, few, since nobody knows yet how fast this machine is; how long, in seconds, a later round may take. */
const FIRST_RUNS = 8;
const DEPTH = 60;
const LONGEST_ROUND = 120;

const options = fuzzOptions(process.argv.slice(2));
if (!options) {
  process.stderr.write(`${FUZZ_USAGE}\n`);
  process.exit(2);
}
const { minutes, seed: given, path: again } = options;

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

/** What was gone through until now. */
function sum(): string {
  const counts = Object.entries(figures).map(([name, count]) => `${name} ${count}`);
  return `Seeds ${seeds.join(", ")}; Solidity tests with ${solidityRuns} runs each in all\n${counts.join(", ")}\n`;
}

/** Ended from outside: nothing was found, and nothing is proven of what was not finished. */
function stopped(by: string): never {
  process.stdout.write(
    `\nStopped by ${by} before the time was over. That is no breach, and no verdict. Until then: ${sum()}`,
  );
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped(signal));

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
  const outcome = solidityOutcome(done);
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const command = `${variables.join(" ")} npm run test:contracts -- solidity`;
  switch (outcome.kind) {
    case "stopped":
      return stopped(outcome.by);
    case "failed":
      return breach(`${done.stdout}${done.stderr}`, command);
    case "untested":
      process.stdout.write(
        `\n${done.stdout}${done.stderr}\n\nNo Solidity test ran, so nothing was looked at. To see why: ${command}\n`,
      );
      return process.exit(1);
    case "passed": {
      solidityRuns += runs;
      const took = elapsed() - from;
      say(
        `seed ${seed}: ${outcome.tests} Solidity tests, ${runs} runs each, invariants ${DEPTH} calls deep, in ${Math.round(took)} s`,
      );
      return took;
    }
  }
}

if (again) {
  await lives(again.seed, again.path);
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
  say(`no breach. ${sum()}`);
}
