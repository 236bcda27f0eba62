// `npm run mutate`: changes the contract in one small way after the other and tells which changes no test notices.
// `-- --sample N --seed S` tries N of them, `-- --only Disputes` those of files so named.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { apply, type Mutant, mutantsOf } from "../contracts/mutation/mutants.ts";

// Short runs: what only a long search finds is not what a mutant should wait for. Read when the configuration is loaded.
process.env.TOLLPASS_FUZZ_RUNS ??= "16";
process.env.TOLLPASS_FUZZ_DEPTH ??= "60";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" }, only: { type: "string" } },
});

const list = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .sort();

/** A shuffle that a seed repeats (xorshift). */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed | 1;
  const keyed = items.map((item) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return { item, key: state };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

const oneLine = (text: string): string => text.trim().replace(/\s+/g, " ");
const name = (unit: string, { line, before, after }: Mutant): string =>
  `${unit}:${line}  ${oneLine(before)}  →  ${oneLine(after) || "(nothing)"}`;

const units = list("contracts", ".sol").filter((path) => !/^contracts\/(test|interfaces)\//.test(path));
const sources = new Map(units.map((unit) => [unit, readFileSync(join(root, unit), "utf8")]));
const all = [...sources]
  .filter(([unit]) => unit.includes(values.only ?? ""))
  .flatMap(([unit, source]) => mutantsOf(source).map((mutant) => ({ unit, source, mutant })));
const chosen = values.sample ? shuffled(all, Number(values.seed)).slice(0, Number(values.sample)) : all;

// Two stages: the invariants, which take longest, judge only what all others let pass.
const tests = list("contracts/test", ".t.sol");
const slow = tests.filter((path) => path.includes("/invariants/"));
const { judge } = await import("../contracts/mutation/judge.ts");
const folder = mkdtempSync(join(tmpdir(), "tollpass-mutants-"));
const verdicts: Record<string, number> = { same: 0, refused: 0, killed: 0, survived: 0 };
const survivors: string[] = [];
try {
  process.stdout.write(`${chosen.length} of ${all.length} mutants\n`);
  const judged = await judge(folder, root, [tests.filter((path) => !slow.includes(path)), slow]);
  for (const { unit, source, mutant } of chosen) {
    const verdict = await judged(unit, apply(source, mutant));
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    const text = name(unit, mutant);
    process.stdout.write(`${verdict.padEnd(8)} ${text}\n`);
    if (verdict === "survived") survivors.push(text);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { same = 0, refused = 0, killed = 0, survived = 0 } = verdicts;
process.stdout.write(
  `\nkilled ${killed} of ${killed + survived} (${((100 * killed) / (killed + survived)).toFixed(1)} %); ` +
    `${same} compile to the same code, ${refused} not at all\n${survivors.map((text) => `survived ${text}\n`).join("")}`,
);
