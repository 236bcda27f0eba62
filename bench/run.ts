/**
 * `npm run bench`: what Tollpass costs, measured in pairs in one run. Variants take turns, so that a machine that is
 * busy for a while is busy for all of them. `--rounds 3` is quicker, `--fetches 50` too.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { toHex } from "viem";
import { localNetwork, startChain } from "#demo/chain/index.ts";
import { columns } from "#demo/columns.ts";
import { startPartnerDesk, TIDES } from "#demo/site/partner.ts";
import { Shop } from "#e2e/wallet/shop.ts";
import { payCold, popupOver, relayTo, warmHeaders } from "./background.ts";
import { fetchAtOnce, fetchInTurn, launchPaying, launchPlain } from "./browsers.ts";
import { openChannelClient, openExactClient, verificationsPerSecond } from "./node.ts";
import { inTurns, least, median, milliseconds, quantile, ratio } from "./statistics.ts";

const { values } = parseArgs({ options: { rounds: { type: "string" }, fetches: { type: "string" } } });
const ROUNDS = Number(values.rounds ?? 8);
const FETCHES = Number(values.fetches ?? 200);
/** Payments on chain are slow: fewer of them say as much. */
const EXACT = 5;
const VERIFIED = 1_000;
/** Ending and starting a worker is slow, and says enough. */
const COLD = 20;
/** A long journal: some years of a person who reads a lot. */
const JOURNAL = 100_000;

/**
 * The `batch-settlement` scheme of x402 by `@x402/fetch` and `@x402/express` 2.27.0, p50 on loopback. Measured
 * separately on a comparable machine (2 cores, Debian 12, Node 20): its contract's bytecode is in no package, so that
 * it cannot run beside the rest here.
 */
const BATCH_SETTLEMENT = { unpaid: 0.7, twoRoundTrips: 5.9, oneRoundTrip: 5.2, verification: 2.5 } as const;

const say = (text: string) => process.stderr.write(`› ${text}\n`);
const print = (text = "") => process.stdout.write(`${text}\n`);

const folder = mkdtempSync(join(tmpdir(), "tollpass-bench-"));
const chain = await startChain();
say("starting a shop, two browsers and the reference server");
const shop = await Shop.open({
  network: localNetwork(chain),
  payTo: chain.accounts.payee.address,
  relayKey: toHex(chain.accounts.relay.getHdKey().privateKey ?? new Uint8Array()),
  folder,
  routes: { "/paid/*": "$0.001" },
});
const partner = await startPartnerDesk(chain, fileURLToPath(new URL("../demo/site/assets", import.meta.url)));
const plain = await launchPlain();
const paying = await launchPaying(chain, say);
try {
  const bare = await plain.newPage();
  await bare.goto(`${shop.origin}/`);
  const own = await paying.driver.newPage();
  await own.goto(`${shop.origin}/`);
  const beside = await paying.driver.newPage();
  await beside.goto(`${partner.url}/`);
  say("opening channels");
  await paying.allow(own, `${shop.origin}/paid/warm`, "500");
  await paying.allow(beside, `${partner.url}${TIDES}?`, "100");
  const client = await openChannelClient(chain, shop.origin);
  const exact = await openExactClient(chain, `${partner.url}${TIDES}`);

  say(`${ROUNDS} rounds of ${FETCHES} free fetches, with and without Tollpass`);
  const free = { bare: [] as number[], own: [] as number[], bareAtOnce: [] as number[], ownAtOnce: [] as number[] };
  const sum = (taken: readonly number[]) => taken.reduce((all, each) => all + each, 0);
  // Not counted: the first round finds cold caches and connections.
  for (const tab of [bare, own]) await fetchInTurn(tab, `${shop.origin}/free/cold`, FETCHES);
  await inTurns(ROUNDS, [
    async () => void free.bare.push(sum(await fetchInTurn(bare, `${shop.origin}/free/`, FETCHES)) / FETCHES),
    async () => void free.own.push(sum(await fetchInTurn(own, `${shop.origin}/free/`, FETCHES)) / FETCHES),
  ]);
  await inTurns(ROUNDS, [
    async () => void free.bareAtOnce.push((await fetchAtOnce(bare, `${shop.origin}/free/`, FETCHES)) / FETCHES),
    async () => void free.ownAtOnce.push((await fetchAtOnce(own, `${shop.origin}/free/`, FETCHES)) / FETCHES),
  ]);

  say("paid and unpaid fetches in the browser");
  const browser = { free: [] as number[], paid: [] as number[], exact: [] as number[] };
  let lap = 0;
  await inTurns(ROUNDS, [
    async () => void browser.free.push(...(await fetchInTurn(own, `${shop.origin}/free/`, FETCHES / 8))),
    async () => void browser.paid.push(...(await fetchInTurn(own, `${shop.origin}/paid/${lap++}-`, FETCHES / 8))),
    async () => void browser.exact.push(...(await fetchInTurn(beside, `${partner.url}${TIDES}?${lap++}-`, EXACT))),
  ]);

  say("the protocols without a browser");
  const node = { free: [] as number[], paid: [] as number[], atOnce: [] as number[], exact: [] as number[] };
  const repeat = async (times: number, one: () => Promise<number>, into: number[]) => {
    for (let index = 0; index < times; index += 1) into.push(await one());
  };
  await inTurns(ROUNDS, [
    () => repeat(FETCHES / 8, client.free, node.free),
    () => repeat(FETCHES / 8, client.paid, node.paid),
    () => repeat(FETCHES / 8, client.paidAtOnce, node.atOnce),
    () => repeat(EXACT, exact, node.exact),
  ]);
  say("the wallet itself: from a 402 to its header, in a warm worker and in one that has to start");
  const warm = await warmHeaders(paying.driver, own, shop.origin, FETCHES);
  const relay = await relayTo(shop.origin);
  const through = await paying.driver.newPage();
  await through.goto(`${relay.origin}/`);
  await paying.allow(through, `${relay.origin}/paid/warm`, "500");
  await fetchInTurn(through, `${relay.origin}/paid/relayed`, COLD);
  const seenWarm = relay.waits.splice(0).slice(-COLD);
  await payCold(paying.driver, through, relay.origin, COLD);
  const seenCold = relay.waits.splice(0);
  const perSecond: number[] = [];
  await inTurns(Math.min(ROUNDS, 5), [
    async () =>
      void perSecond.push(1_000 / ((await fetchAtOnce(own, `${shop.origin}/paid/${lap++}-`, FETCHES)) / FETCHES)),
  ]);
  say(`the popup over ${JOURNAL.toLocaleString("en")} payments`);
  const popupShort = await popupOver(paying.driver, shop.origin, 0, 50);
  const popupLong = await popupOver(paying.driver, shop.origin, JOURNAL, 50);

  const verified: number[] = [];
  await inTurns(Math.min(ROUNDS, 5), [async () => void verified.push(await verificationsPerSecond(chain, VERIFIED))]);

  const [cpu] = cpus();
  print(
    `Machine: ${cpus().length} × ${cpu?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, Node ${process.versions.node}, Chromium ${plain.version}`,
  );
  print(
    `Load average at the end: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(", ")}. Above the number of processors, trust the minima and the pairs, not the medians.`,
  );
  print(
    "Everything runs on loopback, where a request takes next to no time: every ratio here is larger than on a network.",
  );

  const added = (own: readonly number[], bare: readonly number[]) =>
    own.map((value, index) => value - (bare[index] ?? 0));
  const pair = (name: string, bare: readonly number[], own: readonly number[]) => [
    name,
    milliseconds(least(bare)),
    milliseconds(least(own)),
    milliseconds(median(bare)),
    milliseconds(median(own)),
    milliseconds(median(added(own, bare))),
    ratio(median(own), median(bare)),
  ];
  print(`\nA free fetch, ${ROUNDS} rounds of ${FETCHES}, per fetch:\n`);
  print(
    columns([
      ["", "min without", "min with", "median without", "median with", "added (median of pairs)", "ratio"],
      pair("one after the other", free.bare, free.own),
      pair("all at once", free.bareAtOnce, free.ownAtOnce),
    ]),
  );
  const line = (name: string, samples: readonly number[], base: readonly number[]) => [
    name,
    milliseconds(least(samples)),
    milliseconds(median(samples)),
    milliseconds(quantile(samples, 0.95)),
    ratio(median(samples), median(base)),
  ];
  const timing = (name: string, samples: readonly number[], aim: string) => [
    name,
    milliseconds(least(samples)),
    milliseconds(median(samples)),
    milliseconds(quantile(samples, 0.95)),
    aim,
  ];
  const head = ["", "min", "p50", "p95", "ratio of p50"];
  print("\nA fetch in the browser with Tollpass, channel open:\n");
  print(
    columns([
      head,
      line("unpaid", browser.free, browser.free),
      line("paid over the channel", browser.paid, browser.free),
      line("paid with exact, settled on chain", browser.exact, browser.free),
    ]),
  );
  print("\nThe wallet itself, in the running extension:\n");
  print(
    columns([
      ["", "min", "p50", "p95", "aim"],
      timing("402 to header in a warm worker: decide, write down, sign", warm, "5 ms"),
      timing("402 to payment as the server sees it, warm", seenWarm, ""),
      timing("402 to payment as the server sees it, worker not running", seenCold, "80 ms"),
      timing("popup's data, short journal", popupShort, ""),
      timing(`popup's data, ${JOURNAL.toLocaleString("en")} payments`, popupLong, "50 ms"),
    ]),
  );
  print(
    `\nPayments a second through the whole journal, ${FETCHES} at once: ${median(perSecond).toFixed(1)} (best ${quantile(perSecond, 1).toFixed(1)}).`,
  );
  print("\nThe protocols without a browser, in Node:\n");
  print(
    columns([
      head,
      line("unpaid", node.free, node.free),
      line("state-channel, two round trips", node.paid, node.free),
      line("state-channel, one round trip", node.atOnce, node.free),
      line("@x402/fetch, exact, settled on chain", node.exact, node.free),
    ]),
  );
  print(
    "\nFor comparison, batch-settlement by @x402/fetch: measured separately on a comparable machine, not in this run:\n",
  );
  print(
    columns([
      ["", "p50", "ratio"],
      ["unpaid", milliseconds(BATCH_SETTLEMENT.unpaid), ratio(1, 1)],
      [
        "two round trips",
        milliseconds(BATCH_SETTLEMENT.twoRoundTrips),
        ratio(BATCH_SETTLEMENT.twoRoundTrips, BATCH_SETTLEMENT.unpaid),
      ],
      [
        "one round trip",
        milliseconds(BATCH_SETTLEMENT.oneRoundTrip),
        ratio(BATCH_SETTLEMENT.oneRoundTrip, BATCH_SETTLEMENT.unpaid),
      ],
      ["of that, verification by the server", milliseconds(BATCH_SETTLEMENT.verification), ""],
    ]),
  );
  print(
    `\nState signatures verified by one thread of a provider: ${Math.round(median(verified)).toLocaleString("en")} per second (best ${Math.round(quantile(verified, 1)).toLocaleString("en")}), ${milliseconds(1_000 / median(verified))} each.`,
  );
} finally {
  await plain.close();
  await paying.close();
  await partner.close();
  await shop.close();
  await chain.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
