// The one door to every command of package.json. Sets up what the command needs on a fresh clone (a recent Node,
// the locked packages, a browser), says what it does, and runs it. Plain JavaScript: it starts under any Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBrowsers } from "./browsers.mjs";
import { ensureNode, npm } from "./toolchain.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (pkg, file) => join(root, "node_modules", pkg, file);
const WXT = bin("wxt", "bin/wxt.mjs");

/** What each command runs, in order; extra arguments go to the last step. `browsers` are found or installed first. */
const TARGETS = {
  demo: {
    browsers: (args) => [args.includes("--firefox") ? "firefox" : "chromium"],
    steps: [["demo/launch.ts"]],
  },
  test: { browsers: () => ["chromium", "firefox"], steps: [["scripts/test.ts"]] },
  dev: { browsers: () => ["chromium"], steps: [[WXT]] },
  "dev:firefox": { browsers: () => ["firefox"], steps: [[WXT, "-b", "firefox", "--mv3"]] },
  build: {
    steps: [
      [WXT, "build"],
      [WXT, "build", "-b", "firefox", "--mv3"],
    ],
  },
  zip: {
    steps: [
      [WXT, "zip"],
      [WXT, "zip", "-b", "firefox", "--mv3"],
    ],
  },
  lint: {
    steps: [[bin("@biomejs/biome", "bin/biome"), "check", "--error-on-warnings"], [bin("knip", "bin/knip.js")]],
  },
  typecheck: {
    steps: [
      [WXT, "prepare"],
      [bin("typescript", "bin/tsc"), "--noEmit"],
    ],
  },
  "test:unit": { steps: [[bin("vitest", "vitest.mjs"), "run"]] },
  "test:contracts": { steps: [[bin("hardhat", "dist/src/cli.js"), "test"]] },
  "test:e2e": {
    browsers: () => ["chromium", "firefox"],
    steps: [[bin("@playwright/test", "cli.js"), "test", "-c", "e2e/playwright.config.ts"]],
  },
  deploy: { steps: [["scripts/deploy.ts"]] },
  chaos: {
    browsers: (args) => ["chromium", "firefox"].filter((family) => args.some((arg) => arg.endsWith(family))),
    steps: [["scripts/chaos.ts"]],
  },
  gas: { steps: [["scripts/gas.ts"]] },
  fuzz: { steps: [["scripts/fuzz.ts"]] },
  coverage: { steps: [["scripts/coverage.ts"]] },
  mutate: { steps: [["scripts/mutate.ts"]] },
  bench: { browsers: () => ["chromium"], steps: [["bench/run.ts"]] },
};

function say(text) {
  process.stderr.write(`› ${text}\n`);
}

/** Installs the locked packages when the lock file, or the Node they were installed under, has changed. */
function ensurePackages(node) {
  const version = spawnSync(node, ["-p", "process.version.split('.')[0]"]).stdout.toString().trim();
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(`${version} ${process.platform}-${process.arch}`)
    .digest("hex");
  const stamp = join(root, "node_modules", ".tollpass-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("installing the locked packages (once, about a minute)");
  const done = npm(node, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: withNode(node),
  });
  if (done.status !== 0)
    throw new Error("npm ci failed: see above. A network connection to the npm registry is needed once.");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function withNode(node) {
  const path = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  return {
    ...process.env,
    [path]: `${dirname(node)}${delimiter}${process.env[path] ?? ""}`,
    // Workspace packages are run from source; an installed package has no such condition and is run from dist.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --conditions=tollpass-source`.trim(),
    NODE_NO_WARNINGS: "1",
    WXT_SKIP_ENV_VALIDATION: "1",
    DO_NOT_TRACK: "1",
    HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
  };
}

const [name, ...args] = process.argv.slice(2);
const target = TARGETS[name];
if (!target) {
  say(`There is no command "${name}". There are: ${Object.keys(TARGETS).join(", ")}`);
  process.exit(2);
}
try {
  const node = ensureNode(root, say);
  ensurePackages(node);
  ensureBrowsers(target.browsers?.(args) ?? [], say);
  for (const [index, step] of target.steps.entries()) {
    const extra = index === target.steps.length - 1 ? args : [];
    const done = spawnSync(node, [...step, ...extra], { cwd: root, stdio: "inherit", env: withNode(node) });
    if (done.status !== 0) process.exit(done.status ?? 1);
  }
} catch (error) {
  say(error.message);
  process.exit(1);
}
