/**
 * `npm run demo`: a paid newspaper on a local chain, and a browser with Tollpass in it.
 * `--check` clicks through it without a person and compares the sums; `--firefox` takes the other browser;
 * `--headless` shows no window; `--empty` leaves the first steps in the wallet to you.
 */
import { join } from "node:path";
import { launch } from "#e2e/driver/launch.ts";
import { localNetwork } from "./chain/index.ts";
import { runCheck } from "./check/run.ts";
import { freshExtension } from "./extension.ts";
import { raiseStage, type Stage } from "./stage.ts";
import { openWallet } from "./wallet.ts";

const flags = new Set(process.argv.slice(2));
const family = flags.has("--firefox") ? "firefox" : "chromium";
const PASSWORD = "toll-times";

function say(text: string): void {
  process.stderr.write(`› ${text}\n`);
}

function hasDisplay(): boolean {
  return process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function wanted(): "check" | "show" {
  if (flags.has("--check")) return "check";
  if (flags.has("--headless") || hasDisplay()) return "show";
  say("There is no display for a browser window here, so the demo clicks through itself.");
  return "check";
}

/** Resolves at Ctrl-C or when the process is asked to end. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

async function openBrowser(stage: Stage, headless: boolean) {
  const extensionDir = await freshExtension(family, say);
  say(`opening ${family === "firefox" ? "Firefox" : "Chromium"}${headless ? " without a window" : ""}`);
  return launch({ family, extensionDir, headless, profileDir: join(stage.folder, "profile") });
}

async function show(stage: Stage): Promise<void> {
  const stop = interrupted();
  const driver = await openBrowser(stage, flags.has("--headless"));
  const { site, chain } = stage;
  const wallet = await openWallet(driver, localNetwork(chain));
  const lines = [
    "",
    "The Toll Times is open.",
    "",
    `  The paper         ${site.url}/`,
    `  The owner         ${site.url}/owner`,
    `  The partner desk  ${site.partner.url}/`,
    `  Your wallet       ${driver.extensionOrigin}/dashboard.html`,
    "",
  ];
  if (flags.has("--empty")) {
    lines.push(
      "  1. In the wallet: create one, then get test dollars.",
      "  2. In the paper: click the first headline. A window asks for a budget; allow it.",
    );
  } else {
    say("filling a wallet with test dollars");
    await wallet.ask("vault.create", { password: PASSWORD });
    await wallet.ask("wallet.faucet", {});
    await wallet.page.goto(`${driver.extensionOrigin}/dashboard.html`);
    lines.push(
      `  The wallet's password is "${PASSWORD}"; its money is test money.`,
      "",
      "  1. In the paper: click the first headline. A window asks for a budget; allow it.",
      "  2. Read on: articles, pictures, film, wire, puzzle. Nothing asks any more; Tollpass's button counts.",
      "     (Pin the button to the toolbar to see it: it is behind the puzzle piece.)",
    );
  }
  lines.push(
    "  3. In the owner's office: cash in, and look at the transaction.",
    "  4. In your wallet, under Channels: get the rest of your money back.",
    "",
    "  Ctrl-C here ends everything.",
    "",
  );
  const page = await driver.newPage();
  await page.goto(`${site.url}/`);
  await page.bringToFront();
  process.stdout.write(`${lines.join("\n")}\n`);
  await stop;
  say("closing");
  await driver.close().catch(() => {});
}

async function check(stage: Stage): Promise<boolean> {
  const driver = await openBrowser(stage, true);
  try {
    return await runCheck(stage, driver, say);
  } finally {
    await driver.close();
  }
}

const stage = await raiseStage(say);
try {
  if (wanted() === "show") await show(stage);
  else if (!(await check(stage))) process.exitCode = 1;
} catch (error) {
  say(`The demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? "") : ""}\n`);
  process.exitCode = 1;
} finally {
  await stage.close();
}
// Browsers and chains leave handles behind that mean nothing any more.
process.exit();
