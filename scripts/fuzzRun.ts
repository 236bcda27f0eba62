/** What `npm run fuzz` can be asked for, and what a Solidity run of it proves. */
import { parseArgs } from "node:util";

export const FUZZ_USAGE =
  "npm run fuzz -- --minutes 5 [--seed 1234 [--path 0:1]]: minutes above 0, a seed from 0 to 2147483647, a path only with its seed";

/** Seeds have 31 bits: what fast-check takes as it is, and what can be written as a hex number without a sign. */
const SEED_LIMIT = 2 ** 31;

export interface FuzzOptions {
  readonly minutes: number;
  readonly seed: number | undefined;
  /** Where in the lives of this seed one went wrong. */
  readonly path: { readonly seed: number; readonly path: string } | undefined;
}

/** What these arguments ask for, or undefined if they cannot be meant. */
export function fuzzOptions(args: readonly string[]): FuzzOptions | undefined {
  const given = parsed(args);
  if (!given) return undefined;
  const minutes = Number(given.minutes);
  if (!(minutes > 0) || minutes === Number.POSITIVE_INFINITY) return undefined;
  const { seed: digits, path } = given;
  if (digits !== undefined && (!/^\d{1,10}$/.test(digits) || Number(digits) >= SEED_LIMIT)) return undefined;
  const seed = digits === undefined ? undefined : Number(digits);
  if (path === undefined) return { minutes, seed, path: undefined };
  if (seed === undefined || !/^\d+(:\d+)*$/.test(path)) return undefined;
  return { minutes, seed, path: { seed, path } };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { minutes: { type: "string", default: "5" }, seed: { type: "string" }, path: { type: "string" } },
    }).values;
  } catch (failure) {
    if (failure instanceof TypeError) return undefined;
    throw failure;
  }
}

/** passed: every one of `tests` held. untested: no test ran. stopped: it was ended from outside, and proves nothing. */
export type SolidityOutcome =
  | { readonly kind: "passed"; readonly tests: number }
  | { readonly kind: "failed" }
  | { readonly kind: "untested" }
  | { readonly kind: "stopped"; readonly by: string };

/** What a finished process of `hardhat test solidity` says. */
export function solidityOutcome(done: {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly error?: Error | undefined;
}): SolidityOutcome {
  const { status, signal, stdout, error } = done;
  if (signal !== null) return { kind: "stopped", by: signal };
  if (error || status === null) return { kind: "stopped", by: error?.message ?? "nobody knows what" };
  // How a process says that a signal ended what it had started.
  if (status > 128) return { kind: "stopped", by: `signal ${status - 128}` };
  const count = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}`, "m").exec(stdout)?.[1] ?? 0);
  if (count("failing") > 0) return { kind: "failed" };
  const tests = count("passing");
  if (tests === 0) return { kind: "untested" };
  return status === 0 ? { kind: "passed", tests } : { kind: "failed" };
}
