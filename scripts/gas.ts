/**
 * `npm run gas`: what each operation of the contract costs, beside the most that it may, the first design's ceiling and
 * x402's `batch-settlement` contract. Ceilings and measuring are in `contracts/test/gas.ts`. Fails above a ceiling.
 */
import hre from "hardhat";
import { measure, OPERATIONS, type Operation, SCENARIOS } from "../contracts/test/gas.ts";

const HEADINGS = ["operation", "gas", "ceiling", "design", "batch-settlement", "per channel"];

const digits = (amount: bigint | undefined): string =>
  amount === undefined ? "" : String(amount).replace(/\B(?=(\d{3})+$)/g, ",");

/** One line of a table in Markdown, so that it can be copied into the docs as it is. */
const line = (cells: readonly string[], widths: readonly number[]): string =>
  `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;

await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
const measured = new Map<Operation, bigint>();
for (const scenario of Object.values(SCENARIOS)) {
  for (const [operation, gas] of await measure(scenario)) measured.set(operation, gas);
}

const rows: string[][] = [];
const above: string[] = [];
for (const operation of Object.keys(OPERATIONS) as Operation[]) {
  const { ceiling, designed, batchSettlement, channels } = {
    designed: undefined,
    batchSettlement: undefined,
    channels: undefined,
    ...OPERATIONS[operation],
  };
  const gas = measured.get(operation);
  if (gas === undefined || gas > ceiling) above.push(operation);
  const each = gas !== undefined && channels !== undefined ? gas / channels : undefined;
  rows.push([operation, ...[gas, ceiling, designed, batchSettlement, each].map(digits)]);
}
const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)));
const rule = `|${widths.map((width, i) => (i === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
process.stdout.write([line(HEADINGS, widths), rule, ...rows.map((row) => line(row, widths)), ""].join("\n"));
if (above.length > 0) {
  process.stderr.write(`Above the ceiling, or not measured: ${above.join(", ")}\n`);
  process.exitCode = 1;
}
