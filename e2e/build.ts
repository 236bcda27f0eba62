/**
 * Builds the extensions that specs and demo run: Tollpass as people get it, Tollpass that also knows a local chain, and
 * the probe that wires its interceptor to a test policy.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "wxt";
import type { Family } from "./driver/driver.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export type Extension = "tollpass" | "local" | "probe";

const TARGETS = { chromium: "chrome", firefox: "firefox" } as const;
const FOLDERS = { tollpass: ".output", local: ".output/local", probe: ".output/probe" } as const;

/** Test workers that run side by side build each for itself: nobody installs what another is just writing. */
const parallel = Number(process.env.TEST_PARALLEL_INDEX ?? 0);
const workerFolder = parallel > 0 ? `worker-${parallel}` : "";

/** Where a built extension is. */
export function extensionDir(extension: Extension, family: Family): string {
  return join(root, FOLDERS[extension], workerFolder, `${TARGETS[family]}-mv3`);
}

/** Builds one extension for one browser. Throws what WXT throws. */
export async function buildExtension(extension: Extension, family: Family): Promise<void> {
  const out = dirname(extensionDir(extension, family));
  mkdirSync(out, { recursive: true });
  // Read by wxt.config.ts: only such a build takes a network record from its own storage.
  process.env.TOLLPASS_LOCAL = extension === "local" ? "1" : "";
  await build({
    root: extension === "probe" ? join(root, "e2e/probe") : root,
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
