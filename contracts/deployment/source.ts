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
const MAIN = "contracts/StateChannels.sol";

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

/** The contract's source and all that it imports, by the names under which they import each other. */
export function sources(): Record<string, { content: string }> {
  const found: Record<string, { content: string }> = {};
  const add = (unit: string): void => {
    if (found[unit]) return;
    const content = readFileSync(fileOf(unit), "utf8");
    found[unit] = { content };
    for (const [, path = ""] of content.matchAll(IMPORT)) {
      add(path.startsWith(".") ? posix.join(posix.dirname(unit), path) : path);
    }
  };
  add(MAIN);
  return found;
}

/** Takes some seconds. Throws what the compiler says if it refuses the source. */
export function compileStateChannels(): Compiled {
  const compiler = require("solc") as { compile(input: string): string };
  const input = {
    language: "Solidity",
    sources: sources(),
    settings: {
      ...COMPILER_SETTINGS,
      outputSelection: { [MAIN]: { StateChannels: ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
    },
  };
  const output = outputSchema.parse(JSON.parse(compiler.compile(JSON.stringify(input))));
  const wrong = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (wrong.length > 0) throw new Error(wrong.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const { evm } = contractSchema.parse(output.contracts[MAIN]?.StateChannels);
  return { bytecode: evm.bytecode.object, deployedBytecode: evm.deployedBytecode.object };
}
