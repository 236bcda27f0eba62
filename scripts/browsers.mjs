// Where an installed browser is found, and what to say when none is. Nothing is ever downloaded from a browser vendor.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const KNOWN = {
  chromium: {
    env: "CHROMIUM_PATH",
    commands: [
      "chromium",
      "chromium-browser",
      "google-chrome-stable",
      "google-chrome",
      "microsoft-edge-stable",
      "microsoft-edge",
    ],
    darwin: [
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ],
    win32: [
      "Chromium\\Application\\chrome.exe",
      "Google\\Chrome\\Application\\chrome.exe",
      "Microsoft\\Edge\\Application\\msedge.exe",
    ],
    debian: "chromium",
    install: {
      linux: "sudo apt-get install chromium   (or your distribution's chromium package)",
      darwin: "brew install --cask chromium",
      win32: "winget install Google.Chrome",
    },
  },
  firefox: {
    env: "FIREFOX_PATH",
    commands: ["firefox-esr", "firefox"],
    darwin: ["/Applications/Firefox.app/Contents/MacOS/firefox"],
    win32: ["Mozilla Firefox\\firefox.exe"],
    debian: "firefox-esr",
    install: {
      linux: "sudo apt-get install firefox-esr   (or your distribution's firefox package)",
      darwin: "brew install --cask firefox",
      win32: "winget install Mozilla.Firefox",
    },
  },
};

function onPath(command) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, command);
    if (folder && existsSync(candidate)) return candidate;
  }
  return undefined;
}

/** Path of an installed browser of that family, or undefined. `CHROMIUM_PATH` and `FIREFOX_PATH` win. */
export function findBrowser(family) {
  const known = KNOWN[family];
  const chosen = process.env[known.env];
  if (chosen) return existsSync(chosen) ? chosen : undefined;
  if (process.platform === "darwin") return known.darwin.find((file) => existsSync(file));
  if (process.platform === "win32") {
    const folders = [process.env.ProgramFiles, process.env["ProgramFiles(x86)"], process.env.LOCALAPPDATA].filter(
      Boolean,
    );
    return folders.flatMap((folder) => known.win32.map((file) => join(folder, file))).find((file) => existsSync(file));
  }
  return known.commands.map(onPath).find(Boolean);
}

/**
 * Makes sure that the families are installed. As root on a Debian system they are installed from its packages;
 * otherwise an error names the exact command, because set-up never raises its own rights.
 */
export function ensureBrowsers(families, say) {
  const missing = families.filter((family) => !findBrowser(family));
  if (missing.length === 0) return;
  const root = process.platform === "linux" && process.getuid?.() === 0;
  if (root && onPath("apt-get")) {
    const names = missing.map((family) => KNOWN[family].debian);
    say(`installing ${names.join(" and ")} from Debian's packages (once)`);
    const options = {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    };
    spawnSync("apt-get", ["update", "-qq"], options);
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], options);
  }
  const still = missing.filter((family) => !findBrowser(family));
  if (still.length === 0) return;
  const lines = still.map(
    (family) => `  ${family}: ${KNOWN[family].install[process.platform] ?? KNOWN[family].install.linux}`,
  );
  throw new Error(
    `No ${still.join(" and no ")} was found. Install it, or set ${still.map((family) => KNOWN[family].env).join(", ")}:\n${lines.join("\n")}`,
  );
}
