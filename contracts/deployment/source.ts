// Compiles StateChannels from its source with the bare compiler: no build folder, no cache and nothing generated before
// is trusted, so that what stands on a chain can be held against the text of the contract.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import type { Hex } from "viem";
import { z } from "zod";
import { COMPILER_SETTINGS } from "./compilerSettings.ts";

const require = createRequire(import.meta.url);
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const IMPORT = /^\s*import\s[^;]*?["']([^"']+)["']\s*;/gm;
/** The contract that is deployed, by its source unit and its name. */
export const STATE_CHANNELS = ["contracts/StateChannels.sol", "StateChannels"] as const;

const hex = z
  .string()
  .regex(/^(?:[0-9a-f]{2})+$/)
  .transform((digits): Hex => `0x${digits}`);
const outputSchema = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).optional(),
  contracts: z.record(z.string(), z.record(z.string(), z.unknown())),
});
const contractSchema = z.object({
  evm: z.object({ bytecode: z.object({ object: hex }), deployedBytecode: z.object({ object: hex }) }),
});

export interface Compiled {
  /** Creation code. */
  readonly bytecode: Hex;
  /** The code that stands on chain afterwards. */
  readonly deployedBytecode: Hex;
}

/** Where a source unit lies on the disk: in this project, or in an installed package. */
const fileOf = (unit: string): string => (unit.startsWith("contracts/") ? join(root, unit) : require.resolve(unit));

/**
 * Source units (the deployed contract's unless told otherwise) and all that they import, by the names under which they
 * import each other. A unit in `changed` has the text given there instead of that of its file.
 */
export function sources(
  units: readonly string[] = [STATE_CHANNELS[0]],
  changed: ReadonlyMap<string, string> = new Map(),
): Record<string, { content: string }> {
  const found: Record<string, { content: string }> = {};
  const add = (unit: string): void => {
    if (found[unit]) return;
    const content = changed.get(unit) ?? readFileSync(fileOf(unit), "utf8");
    found[unit] = { content };
    for (const [, path = ""] of content.matchAll(IMPORT)) {
      add(path.startsWith(".") ? posix.join(posix.dirname(unit), path) : path);
    }
  };
  units.forEach(add);
  return found;
}

/**
 * Compiles contracts, named by `[unit, contract]`. Takes some seconds. Throws what the compiler says if it refuses the
 * source.
 * @param changed texts that take the place of those of the files, by unit
 * @param settings the compiler's; those of what is deployed unless told otherwise
 */
export function compile(
  contracts: readonly (readonly [unit: string, name: string])[],
  changed: ReadonlyMap<string, string> = new Map(),
  settings: object = COMPILER_SETTINGS,
): Compiled[] {
  const compiler = require("solc") as { compile(input: string): string };
  const wanted = ["evm.bytecode.object", "evm.deployedBytecode.object"];
  const units = contracts.map(([unit]) => unit);
  const input = {
    language: "Solidity",
    sources: sources(units, changed),
    settings: {
      ...settings,
      outputSelection: Object.fromEntries(contracts.map(([unit, name]) => [unit, { [name]: wanted }])),
    },
  };
  const output = outputSchema.parse(JSON.parse(compiler.compile(JSON.stringify(input))));
  const wrong = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (wrong.length > 0) throw new Error(wrong.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return contracts.map(([unit, name]) => {
    const { evm } = contractSchema.parse(output.contracts[unit]?.[name]);
    return { bytecode: evm.bytecode.object, deployedBytecode: evm.deployedBytecode.object };
  });
}

/** The contract that is deployed, compiled anew. */
export function compileStateChannels(): Compiled {
  const [compiled] = compile([STATE_CHANNELS]);
  if (!compiled) throw new Error("the compiler gave no code");
  return compiled;
}
