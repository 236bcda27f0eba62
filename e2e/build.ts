/** Builds the extensions that the specs run: Tollpass itself, and the probe that wires its interceptor to a test policy. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "wxt";
import type { Family } from "./driver/driver.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export type Extension = "tollpass" | "probe";

const TARGETS = { chromium: "chrome", firefox: "firefox" } as const;

/** Where a built extension is. */
export function extensionDir(extension: Extension, family: Family): string {
  const folder = extension === "tollpass" ? ".output" : ".output/probe";
  return join(root, folder, `${TARGETS[family]}-mv3`);
}

/** Builds one extension for one browser. Throws what WXT throws. */
export async function buildExtension(extension: Extension, family: Family): Promise<void> {
  const out = dirname(extensionDir(extension, family));
  mkdirSync(out, { recursive: true });
  await build({
    root: extension === "tollpass" ? root : join(root, "e2e/probe"),
    outDir: out,
    browser: TARGETS[family],
    manifestVersion: 3,
    logger: {
      debug() {},
      log() {},
      info() {},
      warn: console.warn,
      error: console.error,
      fatal: console.error,
      success() {},
      level: 0,
    },
  });
}
