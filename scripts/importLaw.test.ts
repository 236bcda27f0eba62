/** The import law of docs/architecture.md is held by lint: these tests show that a forbidden import fails. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

type Case = readonly [file: string, imported: string];

const forbidden: readonly Case[] = [
  ["lib/protocol/src/x.ts", "#ledger"],
  ["lib/protocol/src/x.ts", "dexie"],
  ["lib/protocol/src/x.ts", "node:fs"],
  ["lib/budget/x.ts", "#ledger"],
  ["lib/schemes/exact/x.ts", "#vault"],
  ["lib/schemes/exact/x.ts", "../../ledger/index.ts"],
  ["lib/intercept/x.ts", "#payment"],
  ["lib/messages/x.ts", "#vault"],
  ["lib/ledger/x.ts", "#vault"],
  ["lib/ledger/x.ts", "../vault/index.ts"],
  ["lib/vault/x.ts", "#ledger"],
  ["lib/chain/x.ts", "#vault"],
  ["lib/channels/x.ts", "#payment"],
  ["lib/payment/x.ts", "#messages"],
  ["lib/payment/x.ts", "react"],
  ["components/popup/x.tsx", "#ledger"],
  ["components/popup/x.tsx", "viem"],
  ["entrypoints/popup/main.tsx", "#payment"],
  ["entrypoints/replay.content.ts", "#vault"],
  ["provider/src/x.ts", "#ledger"],
  ["provider/src/x.ts", "../../lib/protocol/src/index.ts"],
];

const allowed: readonly Case[] = [
  ["lib/ledger/x.ts", "#budget"],
  ["lib/ledger/x.ts", "dexie"],
  ["lib/channels/x.ts", "#ledger"],
  ["lib/payment/x.ts", "#channels"],
  ["components/popup/x.tsx", "#messages"],
  ["entrypoints/background/x.ts", "#payment"],
  ["provider/src/x.ts", "@tollpass/protocol"],
];

/** Lints files of those names in a folder of their own, under our rules; says in which of them an import is refused. */
function refused(cases: readonly Case[]): Set<number> {
  const folder = mkdtempSync(join(tmpdir(), "tollpass-law-"));
  const rules = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...rules, $schema: undefined, vcs: { enabled: false } }));
  cases.forEach(([file, imported], index) => {
    const path = join(folder, dirname(file), `case${index}${/(\.content)?\.tsx?$/.exec(file)?.[0]}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import "${imported}";\n`);
  });
  const done = spawnSync(
    process.execPath,
    [join(root, "node_modules/@biomejs/biome/bin/biome"), "lint", "--max-diagnostics=none", "--reporter=github"],
    { cwd: folder, encoding: "utf8" },
  );
  const lines = done.stdout.split("\n").filter((line) => line.includes("noRestrictedImports"));
  const found = lines.map((line) => Number(/case(\d+)\./.exec(line)?.[1]));
  rmSync(folder, { recursive: true });
  return new Set(found);
}

describe("the import law", () => {
  const found = refused([...forbidden, ...allowed]);

  it.each(forbidden.map((one, index) => [...one, index] as const))(
    "%s may not import %s",
    (_file, _imported, index) => {
      expect(found.has(index)).toBe(true);
    },
  );

  it.each(allowed.map((one, index) => [...one, index] as const))("%s may import %s", (_file, _imported, index) => {
    expect(found.has(forbidden.length + index)).toBe(false);
  });
});
