/** The extension that the demo runs: built for the local chain, and built again only when its sources have changed. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { buildExtension, extensionDir } from "#e2e/build.ts";
import type { Family } from "#e2e/driver/driver.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Everything that goes into the build. */
const SOURCES = ["entrypoints", "components", "lib", "public", "wxt.config.ts", "package-lock.json"];

function sourcesDigest(): string {
  const hash = createHash("sha256");
  for (const source of SOURCES.filter((name) => existsSync(join(root, name)))) {
    const folder = join(root, source);
    const names = source.includes(".") ? [""] : readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
    for (const name of names.filter((each) => !each.includes("node_modules"))) {
      const file = join(folder, name);
      try {
        hash.update(`${source}/${name}\n`).update(readFileSync(file));
      } catch (error) {
        // A folder: its files follow by themselves.
        if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
      }
    }
  }
  return hash.digest("hex");
}

/** Builds in a process of its own, whose chatter is shown only if it fails. */
async function buildQuietly(family: Family): Promise<void> {
  const builder = spawn(process.execPath, [import.meta.filename, family], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(builder, "close");
  const output = (await Promise.all([text(builder.stdout), text(builder.stderr)])).join("");
  const [status] = await ended;
  if (status !== 0) throw new Error(`The extension could not be built:\n${output}`);
}

/** Folder of the extension for that browser, built if need be. `say` gets a line when it takes time. */
export async function freshExtension(family: Family, say: (text: string) => void): Promise<string> {
  const folder = extensionDir("local", family);
  const stamp = `${folder}.stamp`;
  const digest = sourcesDigest();
  if (existsSync(folder) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return folder;
  say(`building the extension for ${family === "firefox" ? "Firefox" : "Chromium"}`);
  await buildQuietly(family);
  writeFileSync(stamp, digest);
  return folder;
}

if (import.meta.main) await buildExtension("local", process.argv[2] === "firefox" ? "firefox" : "chromium");
