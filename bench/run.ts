/**
 * `npm run bench`: what Tollpass costs, measured in pairs in one run. Variants take turns, so that a machine that is
 * busy for a while is busy for all of them. `--rounds 3` is quicker, `--fetches 50` too; `--only background` measures
 * that part alone, and may be given more than once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toHex } from "viem";
import { localNetwork, startChain } from "#demo/chain/index.ts";
import { Shop } from "#e2e/wallet/shop.ts";
import { launchPaying } from "./browsers.ts";
import { isPart, PARTS, type PartName, type World } from "./parts.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string" }, fetches: { type: "string" }, only: { type: "string", multiple: true } },
});
const names = Object.keys(PARTS) as PartName[];
const only = values.only ?? names;
const unknown = only.find((name) => !isPart(name));
if (unknown !== undefined) throw new RangeError(`--only takes ${names.join(", ")}; "${unknown}" is none of them`);

const say = (text: string) => process.stderr.write(`› ${text}\n`);
const print = (text = "") => process.stdout.write(`${text}\n`);
const load = () =>
  loadavg()
    .map((each) => each.toFixed(1))
    .join(", ");

const before = load();
const closes: World["closes"] = [];
const folder = mkdtempSync(join(tmpdir(), "tollpass-bench-"));
closes.push(async () => rmSync(folder, { recursive: true, force: true }));
try {
  const chain = await startChain();
  closes.push(() => chain.close());
  say("starting a shop and a browser with a wallet");
  const shop = await Shop.open({
    network: localNetwork(chain),
    payTo: chain.accounts.payee.address,
    relayKey: toHex(chain.accounts.relay.getHdKey().privateKey ?? new Uint8Array()),
    folder,
    routes: { "/paid/*": "$0.001" },
  });
  closes.push(() => shop.close());
  const paying = await launchPaying(chain, say);
  closes.push(() => paying.close());
  const own = await paying.driver.newPage();
  await own.goto(`${shop.origin}/`);
  say("opening a channel");
  await paying.allow(own, `${shop.origin}/paid/warm`, "500");

  const rounds = Number(values.rounds ?? 8);
  const fetches = Number(values.fetches ?? 200);
  const world: World = { chain, shop, paying, own, rounds, fetches, say, closes };
  const told: string[] = [];
  for (const name of names) if (only.includes(name)) told.push(await PARTS[name](world));

  const [cpu] = cpus();
  print(
    `Machine: ${cpus().length} × ${cpu?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, Node ${process.versions.node}, Chromium ${await own.evaluate(() => navigator.userAgent.match(/Chrome\/([\d.]+)/)?.[1] ?? "?")}`,
  );
  print(
    `Load average before and after: ${before}; ${load()}. Above the number of processors, trust the minima and the pairs, not the medians.`,
  );
  print(
    "Everything runs on loopback, where a request takes next to no time: every ratio here is larger than on a network.",
  );
  for (const text of told) print(`\n${text}`);
} finally {
  for (const close of closes.toReversed()) await close();
}
process.exit();
