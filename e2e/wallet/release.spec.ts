/** What people install: browsers find nothing to warn of in it, and nothing in it knows of a local chain or a faucet. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshExtension } from "#demo/extension.ts";
import { buildExtension, extensionDir } from "../build.ts";
import { type Driver, launch } from "../driver/launch.ts";
import { test as base, expect } from "../fixtures.ts";

/** `release`: the folder of the extension, built as for people. */
const test = base.extend<object, { release: string }>({
  release: [
    async ({ family }, use) => {
      await buildExtension("tollpass", family);
      await use(extensionDir("tollpass", family));
    },
    { scope: "worker" },
  ],
});

interface ExtensionInfo {
  readonly manifestErrors: readonly { readonly message: string }[];
  readonly runtimeErrors: readonly { readonly message: string }[];
  readonly installWarnings?: readonly string[];
}

interface DeveloperApi {
  readonly chrome: {
    readonly developerPrivate: {
      updateProfileConfiguration(change: { inDeveloperMode: boolean }): Promise<void>;
      getExtensionsInfo(options: object): Promise<(ExtensionInfo & { readonly id: string })[]>;
    };
  };
}

/** What the browser itself shows its developers about the extension: in Chromium on chrome://extensions. */
async function warningsInChromium(driver: Driver): Promise<string[]> {
  const page = await driver.newPage();
  await page.goto("chrome://extensions");
  const id = new URL(driver.extensionOrigin).hostname;
  return page.evaluate(async (wanted) => {
    const { developerPrivate } = (globalThis as unknown as DeveloperApi).chrome;
    // Only then are errors collected and shown.
    await developerPrivate.updateProfileConfiguration({ inDeveloperMode: true });
    const infos = await developerPrivate.getExtensionsInfo({});
    const info = infos.find((each) => each.id === wanted);
    if (!info) throw new Error("Chromium does not know the extension");
    const { manifestErrors, runtimeErrors, installWarnings = [] } = info;
    return [...[...manifestErrors, ...runtimeErrors].map(({ message }) => message), ...installWarnings];
  }, id);
}

/** In Firefox on about:debugging. */
async function warningsInFirefox(driver: Driver): Promise<string[]> {
  const page = await driver.newPage();
  // Firefox never reports its own pages as loaded.
  await page.startGoto("about:debugging#/runtime/this-firefox");
  const uuid = new URL(driver.extensionOrigin).hostname;
  await page.until((wanted) => document.body.innerText.includes(wanted), uuid);
  return page.evaluate((wanted) => {
    const card = [...document.querySelectorAll("li")].find((each) => each.innerText.includes(wanted));
    if (!card) throw new Error("Firefox does not list the extension");
    return [...card.querySelectorAll("details")].map((details) => details.textContent ?? "");
  }, uuid);
}

async function warningsOf(driver: Driver): Promise<string[]> {
  try {
    return await (driver.family === "firefox" ? warningsInFirefox(driver) : warningsInChromium(driver));
  } finally {
    await driver.close();
  }
}

test("the browser has nothing to say about the manifest", async ({ family, release }) => {
  expect(await warningsOf(await launch({ family, extensionDir: release }))).toEqual([]);
});

test("a manifest with a key that nobody knows is warned of, so the silence above means something", async ({
  family,
  release,
}, testInfo) => {
  const copy = testInfo.outputPath("extension");
  cpSync(release, copy, { recursive: true });
  const file = join(copy, "manifest.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), tollpass_unknown: 1 }));
  const warnings = await warningsOf(await launch({ family, extensionDir: copy }));
  expect(warnings.join("\n")).toContain("tollpass_unknown");
});

/** Names of the files in which any of the words stands. */
function filesWith(folder: string, words: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const text = readFileSync(file, "latin1");
      return words.some((word) => text.includes(word));
    });
}

/** The faucet's call, what it asks a local node for, and where a local network's record lies. */
const LOCAL_ONLY = ["mint(address", "eth_sendTransaction", "eth_accounts", "localNetwork"];

test("the release knows neither faucet nor local chain; the build for tests knows both", async ({
  family,
  release,
}) => {
  expect(filesWith(release, LOCAL_ONLY)).toEqual([]);
  const local = await freshExtension(family, () => undefined);
  for (const word of LOCAL_ONLY) expect(filesWith(local, [word]), word).not.toEqual([]);
});
