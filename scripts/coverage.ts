/**
 * `npm run coverage`: which lines and statements of the contracts the Solidity tests run. Prints the table, and fails
 * unless all of them are run.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// Short runs: what is reached at all is reached without a long search.
const env = { TOLLPASS_FUZZ_RUNS: "16", FORCE_COLOR: "0", ...process.env };
const command = ["node_modules/hardhat/dist/src/cli.js", "test", "solidity", "--coverage"];
const child = spawn(process.execPath, command, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
let output = "";
child.stdout.on("data", (chunk: Buffer) => {
  output += chunk.toString();
  process.stdout.write(chunk);
});
child.on("close", (status) => {
  // Rows of the table: a file, the share of its lines, the share of its statements, the lines that no test runs.
  const rows = [...output.matchAll(/^║ (contracts\/\S+) +│ ([\d.]+) +│ ([\d.]+) +│/gm)];
  const short = rows.filter(([, , lines, statements]) => Number(lines) < 100 || Number(statements) < 100);
  for (const [, file] of short) process.stdout.write(`${file}: not every line and statement is run\n`);
  process.stdout.write(`${rows.length - short.length} of ${rows.length} files covered in every line and statement\n`);
  process.exitCode = status === 0 && rows.length > 0 && short.length === 0 ? 0 : 1;
});
