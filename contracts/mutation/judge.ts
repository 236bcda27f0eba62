// Runs the Solidity tests against a changed contract: the tests stay as they were compiled, only the code that they
// deploy is another. Works in folders of its own, so that nobody else's build meets a mutant.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { z } from "zod";
import config from "../../hardhat.config.ts";
import { COMPILER_SETTINGS } from "../deployment/compilerSettings.ts";
import { type Compiled, compile, STATE_CHANNELS } from "../deployment/source.ts";

/** Tests that use a file's functions themselves, not through the contract. */
const DIRECT: ReadonlyMap<string, readonly [unit: string, name: string]> = new Map([
  ["contracts/libraries/Signatures.sol", ["contracts/test/Signatures.t.sol", "SignaturesTest"]],
  ["contracts/types/ChannelSlot.sol", ["contracts/test/ChannelSlot.t.sol", "ChannelSlotTest"]],
  ["contracts/types/ClaimHashes.sol", ["contracts/test/ClaimHashes.t.sol", "ClaimHashesTest"]],
  ["contracts/types/CloseSlot.sol", ["contracts/test/CloseSlot.t.sol", "CloseSlotTest"]],
]);

/** The settings of what is deployed, but for the steps of the optimiser, which take half of the time. */
const SETTINGS = {
  ...COMPILER_SETTINGS,
  optimizer: { enabled: true, runs: 1, details: { yulDetails: { optimizerSteps: "u" } } },
};

/** What became of a mutant: `same` code as the original's, refused by the compiler, noticed by a test, or not. */
export type Verdict = "same" | "refused" | "killed" | "survived";

const result = z.object({ success: z.boolean() });

/** Makes what says of changed sources what the tests say of them. Compiles everything once, in `folder`. */
export async function judge(
  folder: string,
  root: string,
  stages: readonly (readonly string[])[],
): Promise<(unit: string, source: string) => Promise<Verdict>> {
  const [cache, artifacts] = [join(folder, "cache"), join(folder, "artifacts")];
  const hre = await createHardhatRuntimeEnvironment(
    { ...config, paths: { ...config.paths, cache, artifacts } },
    { config: join(root, "hardhat.config.ts") },
    root,
  );
  const passes = async (testFiles: readonly string[], noCompile: boolean): Promise<boolean> =>
    result.parse(
      await silently(() => hre.tasks.getTask(["test", "solidity"]).run({ testFiles: [...testFiles], noCompile })),
    ).success;
  const folderOf = (unit: string): string => (unit.endsWith(".t.sol") ? join(cache, "test-artifacts") : artifacts);
  const put = ([unit, name]: readonly [string, string], code: Compiled): void => {
    const path = join(folderOf(unit), unit, `${name}.json`);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...code }));
  };

  if (!(await passes(stages.flat(), false))) throw new Error("the tests fail without any change");
  const contracts = [STATE_CHANNELS, ...DIRECT.values()];
  const originals = compile(contracts, new Map(), SETTINGS);
  const original = (index: number): Compiled => {
    const code = originals[index];
    if (!code) throw new Error("the compiler gave no code");
    return code;
  };
  contracts.forEach((contract, i) => void put(contract, original(i)));
  if (!(await passes(stages.flat(), true))) throw new Error("the tests fail with the optimiser's steps left out");

  return async (unit, source) => {
    const direct = DIRECT.get(unit);
    const affected = direct ? [STATE_CHANNELS, direct] : [STATE_CHANNELS];
    let codes: Compiled[];
    try {
      codes = compile(affected, new Map([[unit, source]]), SETTINGS);
    } catch {
      return "refused";
    }
    const originalOf = (contract: readonly [string, string]) => original(contracts.indexOf(contract));
    if (affected.every((contract, i) => codes[i]?.bytecode === originalOf(contract).bytecode)) return "same";
    affected.forEach((contract, i) => {
      const code = codes[i];
      if (code) put(contract, code);
    });
    try {
      for (const stage of stages) if (!(await passes(stage, true))) return "killed";
      return "survived";
    } finally {
      for (const contract of affected) put(contract, originalOf(contract));
    }
  };
}

/** The tests' own report of a mutant is of no interest. */
async function silently<T>(work: () => Promise<T>): Promise<T> {
  const { stdout, stderr } = process;
  const [out, err] = [stdout.write, stderr.write];
  const swallow: typeof stdout.write = (...args: unknown[]) => {
    const done = args.at(-1);
    if (typeof done === "function") done();
    return true;
  };
  stdout.write = swallow;
  stderr.write = swallow;
  try {
    return await work();
  } finally {
    stdout.write = out;
    stderr.write = err;
  }
}
