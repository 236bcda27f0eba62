// What the contract tells those who call it: every function, event and error in NatSpec, as the compiler reads it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { z } from "zod";
import { sources } from "../deployment/source.ts";

const inputs = z.array(z.object({ name: z.string(), type: z.string() }));
const abiSchema = z.array(z.object({ type: z.string(), name: z.string(), inputs, outputs: inputs.optional() }));
const described = z.record(z.string(), z.string()).optional();
type Details = { params?: Record<string, string> | undefined; returns?: Record<string, string> | undefined };
const notices = z.record(z.string(), z.object({ notice: z.string().optional() })).default({});
const details = z.record(z.string(), z.object({ params: described, returns: described })).default({});
/** Errors may be declared more than once with one signature, so the compiler lists all. */
const first = <T extends z.ZodType>(entry: T) => z.record(z.string(), z.array(entry).min(1)).default({});
const outputSchema = z.object({
  abi: abiSchema,
  userdoc: z.object({ methods: notices, events: notices, errors: first(z.object({ notice: z.string().optional() })) }),
  devdoc: z.object({ methods: details, events: details, errors: first(z.object({ params: described })) }),
});

function documentation(unit: string, contract: string) {
  const require = createRequire(import.meta.url);
  const compiler = require("solc") as { compile(input: string): string };
  const outputSelection = { [unit]: { [contract]: ["abi", "userdoc", "devdoc"] } };
  const input = { language: "Solidity", sources: sources(), settings: { outputSelection } };
  const output = z
    .object({ contracts: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(compiler.compile(JSON.stringify(input))));
  return outputSchema.parse(output.contracts[unit]?.[contract]);
}

/** What of the ABI has no notice, or a parameter or result without a word about it. */
function undocumented({ abi, userdoc, devdoc }: z.infer<typeof outputSchema>): string[] {
  const missing: string[] = [];
  for (const { type, name, inputs, outputs = [] } of abi) {
    const of = <T>(record: Record<string, T>): T | undefined =>
      Object.entries(record).find(([signature]) => signature.startsWith(`${name}(`))?.[1];
    const kind = type === "function" ? "methods" : type === "event" ? "events" : "errors";
    const user = kind === "errors" ? of(userdoc.errors)?.[0] : of(userdoc[kind]);
    const dev: Details = (kind === "errors" ? of(devdoc.errors)?.[0] : of(devdoc[kind])) ?? {};
    if (!user?.notice) missing.push(name);
    for (const input of inputs) if (!dev.params?.[input.name]) missing.push(`${name}: ${input.name}`);
    for (const [i, output] of outputs.entries()) {
      if (!dev.returns?.[output.name || `_${i}`]) missing.push(`${name}: returns ${output.name || i}`);
    }
  }
  return missing;
}

test("every function, event and error of the interface says what it means, each parameter and each result", () => {
  const interfaceOf = documentation("contracts/interfaces/IStateChannels.sol", "IStateChannels");
  assert.ok(interfaceOf.abi.length > 50, "the interface was read");
  assert.deepEqual(undocumented(interfaceOf), []);
});

test("the contract says no less: what it inherits, and errors that it takes from elsewhere", () => {
  const contract = documentation("contracts/StateChannels.sol", "StateChannels");
  // ERC-5267 is told by its own interface, in words for developers alone.
  const own = {
    ...contract,
    abi: contract.abi.filter(({ name }) => !["eip712Domain", "EIP712DomainChanged"].includes(name)),
  };
  assert.deepEqual(undocumented(own), []);
});
