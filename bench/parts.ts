/** The parts of the benchmark: each measures one thing in pairs, and says how its figures are printed. */
import { fileURLToPath } from "node:url";
import type { LocalChain } from "#demo/chain/index.ts";
import { columns } from "#demo/columns.ts";
import { startPartnerDesk, TIDES } from "#demo/site/partner.ts";
import type { Shop } from "#e2e/wallet/shop.ts";
import { payCold, popupOver, relayTo, warmHeaders } from "./background.ts";
import { fetchAtOnce, fetchInTurn, launchListening, launchPlain, type Paying, type Tab } from "./browsers.ts";
import { startOfEmptyWorker, storageFloor } from "./floors.ts";
import { openChannelClient, openExactClient, verificationsPerSecond } from "./node.ts";
import { inTurns, least, median, milliseconds, quantile, ratio } from "./statistics.ts";

/** What every part finds: a shop, and a browser with a wallet that has a channel with it. */
export interface World {
  readonly chain: LocalChain;
  readonly shop: Shop;
  readonly paying: Paying;
  /** A tab of that browser, on a page of the shop. */
  readonly own: Tab;
  readonly rounds: number;
  readonly fetches: number;
  readonly say: (text: string) => void;
  /** Called in reverse order when everything was measured. */
  readonly closes: (() => Promise<void>)[];
}

/** Measures, and resolves to what is printed of it. */
export type Part = (world: World) => Promise<string>;

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

/** Every address is fetched once: what was answered before is not what is measured. */
let lap = 0;

const sum = (taken: readonly number[]) => taken.reduce((all, each) => all + each, 0);

const line = (name: string, samples: readonly number[], base: readonly number[]) => [
  name,
  milliseconds(least(samples)),
  milliseconds(median(samples)),
  milliseconds(quantile(samples, 0.95)),
  ratio(median(samples), median(base)),
];

const timing = (name: string, samples: readonly number[], aim = "") => [
  name,
  milliseconds(least(samples)),
  milliseconds(median(samples)),
  milliseconds(quantile(samples, 0.95)),
  aim,
];

const HEAD = ["", "min", "p50", "p95", "ratio of p50"];

async function partner({ chain, closes }: World) {
  const desk = await startPartnerDesk(chain, fileURLToPath(new URL("../demo/site/assets", import.meta.url)));
  closes.push(() => desk.close());
  return desk;
}

const free: Part = async ({ shop, own, rounds, fetches, say, closes }) => {
  const plain = await launchPlain();
  closes.push(() => plain.close());
  const listening = await launchListening();
  closes.push(() => listening.close());
  const tabs = { bare: await plain.newPage(), listening: await listening.newPage(), own };
  say(`${rounds} rounds of ${fetches} free fetches: without an extension, with an empty one, with Tollpass`);
  // Not counted: the first round finds cold caches and connections.
  for (const tab of Object.values(tabs)) {
    await tab.goto(`${shop.origin}/`);
    await fetchInTurn(tab, `${shop.origin}/free/cold`, fetches);
  }
  type Samples = Record<keyof typeof tabs, number[]>;
  const inTurn: Samples = { bare: [], listening: [], own: [] };
  const atOnce: Samples = { bare: [], listening: [], own: [] };
  const names = Object.keys(tabs) as (keyof typeof tabs)[];
  await inTurns(
    rounds,
    names.map((name) => async () => {
      inTurn[name].push(sum(await fetchInTurn(tabs[name], `${shop.origin}/free/`, fetches)) / fetches);
    }),
  );
  await inTurns(
    rounds,
    names.map((name) => async () => {
      atOnce[name].push((await fetchAtOnce(tabs[name], `${shop.origin}/free/`, fetches)) / fetches);
    }),
  );
  const added = (samples: readonly number[], bare: readonly number[]) =>
    median(samples.map((value, index) => value - (bare[index] ?? 0)));
  const row = (name: string, samples: readonly number[], bare: readonly number[]) => [
    name,
    milliseconds(least(samples)),
    milliseconds(median(samples)),
    milliseconds(added(samples, bare)),
    ratio(median(samples), median(bare)),
  ];
  const rows = (title: string, { bare, listening, own }: Samples) => [
    row(`${title}, no extension`, bare, bare),
    row(`${title}, an extension that only listens`, listening, bare),
    row(`${title}, Tollpass`, own, bare),
  ];
  return `A free fetch, ${rounds} rounds of ${fetches}, per fetch:\n\n${columns([
    ["", "min", "median", "added (median of pairs)", "ratio"],
    ...rows("one after the other", inTurn),
    ...rows("all at once", atOnce),
  ])}`;
};

const paid: Part = async (world) => {
  const { shop, own, paying, rounds, fetches, say } = world;
  const desk = await partner(world);
  const beside = await paying.driver.newPage();
  await beside.goto(`${desk.url}/`);
  await paying.allow(beside, `${desk.url}${TIDES}?`, "100");
  say("paid and unpaid fetches in the browser");
  const browser = { free: [] as number[], paid: [] as number[], exact: [] as number[] };
  const each = Math.ceil(fetches / 8);
  await inTurns(rounds, [
    async () => void browser.free.push(...(await fetchInTurn(own, `${shop.origin}/free/`, each))),
    async () => void browser.paid.push(...(await fetchInTurn(own, `${shop.origin}/paid/${lap++}-`, each))),
    async () => void browser.exact.push(...(await fetchInTurn(beside, `${desk.url}${TIDES}?${lap++}-`, EXACT))),
  ]);
  return `A fetch in the browser with Tollpass, channel open:\n\n${columns([
    HEAD,
    line("unpaid", browser.free, browser.free),
    line("paid over the channel", browser.paid, browser.free),
    line("paid with exact, settled on chain", browser.exact, browser.free),
  ])}`;
};

const background: Part = async ({ shop, own, paying, rounds, fetches, say, closes }) => {
  say("the wallet itself: from a 402 to its header, in a warm worker and in one that has to start");
  const warm = await warmHeaders(paying.driver, own, shop.origin, fetches);
  const floor = await storageFloor(paying.driver, fetches);
  const relay = await relayTo(shop.origin);
  closes.push(() => relay.close());
  const through = await paying.driver.newPage();
  await through.goto(`${relay.origin}/`);
  await paying.allow(through, `${relay.origin}/paid/warm`, "500");
  await fetchInTurn(through, `${relay.origin}/paid/relayed`, COLD);
  const seenWarm = relay.waits.splice(0).slice(-COLD);
  await payCold(paying.driver, through, relay.origin, COLD);
  const seenCold = relay.waits.splice(0);
  const empty = await startOfEmptyWorker(shop.origin, COLD);
  const perSecond: number[] = [];
  await inTurns(Math.min(rounds, 5), [
    async () =>
      void perSecond.push(1_000 / ((await fetchAtOnce(own, `${shop.origin}/paid/${lap++}-`, fetches)) / fetches)),
  ]);
  return [
    `The wallet itself, in the running extension:\n\n${columns([
      ["", "min", "p50", "p95", "aim"],
      timing("402 to header in a warm worker: decide, write down, sign", warm, "5 ms"),
      timing("… of that, IndexedDB by itself: the same reads and writes", floor.payment),
      timing("… of that, one strict commit of one row", floor.commit),
      timing("402 to payment as the server sees it, warm", seenWarm),
      timing("402 to payment as the server sees it, worker not running", seenCold, "80 ms"),
      timing("… of that, until an empty extension's worker hears of an answer", empty),
    ])}`,
    `Payments a second through the whole journal, ${fetches} at once: ${median(perSecond).toFixed(1)} (best ${quantile(perSecond, 1).toFixed(1)}).`,
  ].join("\n\n");
};

const popup: Part = async ({ shop, paying, own, say }) => {
  await fetchInTurn(own, `${shop.origin}/paid/${lap++}-`, 5);
  say(`the popup over ${JOURNAL.toLocaleString("en")} payments`);
  const short = await popupOver(paying.driver, shop.origin, 0, 50);
  const long = await popupOver(paying.driver, shop.origin, JOURNAL, 50);
  return `What the popup is told:\n\n${columns([
    ["", "min", "p50", "p95", "aim"],
    timing("short journal", short),
    timing(`${JOURNAL.toLocaleString("en")} payments`, long, "50 ms"),
  ])}`;
};

const protocols: Part = async (world) => {
  const { chain, shop, rounds, fetches, say } = world;
  const desk = await partner(world);
  const client = await openChannelClient(chain, shop.origin);
  const exact = await openExactClient(chain, `${desk.url}${TIDES}`);
  say("the protocols without a browser");
  const node = { free: [] as number[], paid: [] as number[], atOnce: [] as number[], exact: [] as number[] };
  const repeat = async (times: number, one: () => Promise<number>, into: number[]) => {
    for (let index = 0; index < times; index += 1) into.push(await one());
  };
  await inTurns(rounds, [
    () => repeat(fetches / 8, client.free, node.free),
    () => repeat(fetches / 8, client.paid, node.paid),
    () => repeat(fetches / 8, client.paidAtOnce, node.atOnce),
    () => repeat(EXACT, exact, node.exact),
  ]);
  const verified: number[] = [];
  await inTurns(Math.min(rounds, 5), [async () => void verified.push(await verificationsPerSecond(chain, VERIFIED))]);
  const { unpaid, twoRoundTrips, oneRoundTrip, verification } = BATCH_SETTLEMENT;
  return [
    `The protocols without a browser, in Node:\n\n${columns([
      HEAD,
      line("unpaid", node.free, node.free),
      line("state-channel, two round trips", node.paid, node.free),
      line("state-channel, one round trip", node.atOnce, node.free),
      line("@x402/fetch, exact, settled on chain", node.exact, node.free),
    ])}`,
    `For comparison, batch-settlement by @x402/fetch: measured separately on a comparable machine, not in this run:\n\n${columns(
      [
        ["", "p50", "ratio"],
        ["unpaid", milliseconds(unpaid), ratio(1, 1)],
        ["two round trips", milliseconds(twoRoundTrips), ratio(twoRoundTrips, unpaid)],
        ["one round trip", milliseconds(oneRoundTrip), ratio(oneRoundTrip, unpaid)],
        ["of that, verification by the server", milliseconds(verification), ""],
      ],
    )}`,
    `State signatures verified by one thread of a provider: ${Math.round(median(verified)).toLocaleString("en")} per second (best ${Math.round(quantile(verified, 1)).toLocaleString("en")}), ${milliseconds(1_000 / median(verified))} each.`,
  ].join("\n\n");
};

/** In the order in which they run: the popup comes last of what needs the browser, because it fills the journal. */
export const PARTS = { free, paid, background, popup, protocols } satisfies Record<string, Part>;
export type PartName = keyof typeof PARTS;
export const isPart = (name: string): name is PartName => Object.hasOwn(PARTS, name);
