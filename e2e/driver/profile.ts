/** The folder that a browser under test lives in: its profile and its own copy of the extension. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaunchOptions } from "./driver.ts";

export interface Profile {
  readonly dir: string;
  readonly browserDir: string;
  readonly extensionDir: string;
  /** Writes another version into the extension's manifest; the browser notices nothing by itself. */
  setVersion(version: string): void;
  /** Removes the folder unless it is the caller's. */
  discard(): void;
}

/** The same profile folder gives the same extension folder: Chromium derives the extension's id from that path. */
export function prepareProfile(options: LaunchOptions): Profile {
  const dir = options.profileDir ?? mkdtempSync(join(tmpdir(), "tollpass-e2e-"));
  const browserDir = join(dir, "browser");
  const extensionDir = join(dir, "extension");
  mkdirSync(browserDir, { recursive: true });
  rmSync(extensionDir, { recursive: true, force: true });
  cpSync(options.extensionDir, extensionDir, { recursive: true });
  return {
    dir,
    browserDir,
    extensionDir,
    setVersion(version) {
      const file = join(extensionDir, "manifest.json");
      const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...manifest, version }));
    },
    discard() {
      if (!options.profileDir) rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
