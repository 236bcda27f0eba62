/** Claims about what happens by the clock, with a real wallet, chain and shop; the browser's alarms alone are played. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createChannelSearch, exitChannel } from "#channels";
import { load } from "../../lib/payment/testing/browser.ts";
import { type HostileProvider, standBefore } from "../../lib/payment/testing/hostile.ts";
import { allow, openScene, type Scene } from "../../lib/payment/testing/scene.ts";
import { type TestWallet, withoutTime } from "../../lib/payment/testing/wallet.ts";
import { type ClockPorts, type ClockWallet, watchClock } from "./clock.ts";
import { Opening } from "./opening.ts";

const MINUTE = 60_000;
/** After it both browsers end a background that does nothing, in milliseconds. */
const IDLE = 30_000;

/** The alarms of a browser: they are there when the background starts again. */
class PlayedAlarms {
  readonly set = new Map<string, { delayInMinutes?: number; periodInMinutes: number }>();
  created = 0;
  #listeners: ((alarm: { name: string }) => void)[] = [];

  /** As the next life of the background sees them: none of the last one's listeners is left. */
  readonly api: ClockPorts["alarms"] = {
    onAlarm: { addListener: (listener) => void this.#listeners.push(listener) },
    get: async (name) => this.set.get(name),
    create: async (name, when) => {
      this.set.set(name, when);
      this.created += 1;
    },
  };

  die(): void {
    this.#listeners = [];
  }

  ring(name: string): void {
    if (!this.set.has(name)) throw new RangeError(`there is no alarm ${name}`);
    for (const listener of this.#listeners) listener({ name });
  }
}

let scene: Scene;
let alarms: PlayedAlarms;
let wallet: TestWallet;
let ahead: number;
let audits: number;
/** What waits for a while after the start. */
let timers: { milliseconds: number; work: () => void }[];
/** For how long the background was to be kept awake at most, for each thing that it waits for now. */
let awake: Set<{ atMost: number }>;
let release: () => void;

const keptAlive: ClockPorts["keptAlive"] = async (promise, atMost) => {
  const wait = { atMost };
  awake.add(wait);
  try {
    return await promise;
  } finally {
    awake.delete(wait);
  }
};

/** One life of the background. */
function start(): void {
  alarms.die();
  const { ledger, vault, payments, ports, disk } = wallet;
  const clocked: ClockWallet = {
    vault,
    payments,
    ledger: {
      async audit() {
        const found = await ledger.audit();
        audits += 1;
        return found;
      },
    },
    search: createChannelSearch(ports, () => undefined),
    answerPorts: { channels: ports },
  };
  const later: ClockPorts["later"] = (milliseconds, work) => void timers.push({ milliseconds, work });
  watchClock(new Opening(async () => clocked), { alarms: alarms.api, session: disk.session, later, keptAlive });
}

const channelOf = async ({ origin }: HostileProvider) => {
  const [own] = await wallet.ledger.listChannels({ payeeOrigin: origin });
  if (!own) throw new RangeError("a channel was opened");
  return own;
};

async function firstPage(payee: HostileProvider): Promise<void> {
  const allowed = allow(wallet);
  await load(wallet.payments, `${payee.origin}/news/first`);
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
}

/** Pays for a page whose answer is lost on its way. */
async function loseAnswer(payee: HostileProvider): Promise<void> {
  payee.tricks.after = ({ payment, path }) => (payment !== undefined && path === "/news/lost" ? "cut" : undefined);
  await expect(load(wallet.payments, `${payee.origin}/news/lost`)).rejects.toThrow();
  await expect.poll(async () => (await wallet.ledger.unsettled()).map(({ state }) => state)).toEqual(["unknown"]);
}

/** From now on the payee answers nothing that it is asked at its channel endpoints. */
function silence(payee: HostileProvider): void {
  const { promise, resolve } = Promise.withResolvers<"cut">();
  release = () => resolve("cut");
  payee.tricks.before = ({ path }) => (path.startsWith("/.well-known/") ? promise : undefined);
}

beforeEach(async () => {
  [ahead, audits, timers, awake, alarms] = [0, 0, [], new Set(), new PlayedAlarms()];
  release = () => undefined;
  scene = await openScene({ minDeposit: "$0.10" });
  wallet = await scene.wallet({ now: () => Date.now() + ahead, wrap: withoutTime });
});
afterEach(async () => {
  release();
  await expect.poll(() => awake.size).toBe(0);
  wallet.kill();
  await scene.close();
});

test("both alarms are set once, and those that are there keep their time", async () => {
  start();
  await expect
    .poll(() => Object.fromEntries(alarms.set))
    .toEqual({
      reconcile: { periodInMinutes: 1 },
      audit: { delayInMinutes: 7 * 24 * 60, periodInMinutes: 7 * 24 * 60 },
    });
  await expect.poll(() => timers.length).toBe(1);
  start();
  await expect.poll(() => timers.length).toBe(2);
  expect(alarms.created).toBe(2);
  alarms.set.delete("audit");
  start();
  await expect.poll(() => alarms.created).toBe(3);
  expect([...alarms.set.keys()].toSorted()).toEqual(["audit", "reconcile"]);
});

test("the journal is added up once for all lives of a session, and whenever the alarm of the week rings", async () => {
  start();
  await expect.poll(() => wallet.disk.session.get(["audit"])).toEqual({ audit: true });
  expect(audits).toBe(1);
  start();
  await expect.poll(() => timers.length).toBe(2);
  alarms.ring("audit");
  await expect.poll(() => audits).toBe(2);
  alarms.ring("audit");
  await expect.poll(() => audits).toBe(3);
});

test.each([
  ["the alarm of the minute rings", () => alarms.ring("reconcile")],
  ["the background has started, a moment later", () => timers.forEach(({ work }) => void work())],
])("what was lost is settled and acknowledged when %s", async (_when, comes) => {
  await firstPage(scene.provider);
  await loseAnswer(scene.provider);
  start();
  await expect.poll(() => timers.map(({ milliseconds }) => milliseconds)).toEqual([3_000]);
  comes();
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  await expect.poll(async () => (await channelOf(scene.provider)).acknowledged).toBe(20_000n);
});

test("a lock that is overdue falls at the next alarm", async () => {
  await wallet.vault.setAutoLock(5);
  start();
  await expect.poll(() => timers.length).toBe(1);
  ahead = 6 * MINUTE;
  alarms.ring("reconcile");
  await expect.poll(() => wallet.disk.session.get(null).then((left) => Object.keys(left))).toEqual(["audit"]);
});

test("channels are watched, searched for and left at every alarm although a payee never answers", async () => {
  const silent = scene.provider;
  const other = await standBefore(scene.shop.origin);
  await firstPage(other);
  await firstPage(silent);
  await loseAnswer(silent);
  silence(silent);
  // Both are to be left, and neither can be at first: the other one's server is down for a moment.
  other.tricks.before = ({ path }) => (path.startsWith("/.well-known/") ? "cut" : undefined);
  await expect(exitChannel(wallet.ports, (await channelOf(other)).id, { ownGas: false })).rejects.toThrow();
  other.tricks = {};
  ahead = 6 * MINUTE;
  await wallet.ledger.updateChannel((await channelOf(silent)).id, () => ({
    exitWish: { at: Date.now(), ownGas: false, nonces: 0 },
  }));

  start();
  await expect.poll(() => alarms.set.size).toBe(2);
  await createChannelSearch(wallet.ports, () => undefined).want();
  alarms.ring("reconcile");
  await expect.poll(async () => (await channelOf(other)).status).toBe("exiting");
  const search = createChannelSearch(wallet.ports, () => undefined);
  await expect.poll(async () => (await search.state())?.finishedAt).toBeDefined();
  const { readAt = 0 } = await channelOf(silent);
  alarms.ring("reconcile");
  await expect.poll(async () => (await channelOf(silent)).readAt).toBeGreaterThan(readAt);
  expect(await wallet.ledger.unsettled()).toHaveLength(1);
  expect((await channelOf(silent)).status).toBe("open");
  await other.close();
});

test("a payee that never answers keeps the background awake for less than a minute at a time", async () => {
  await firstPage(scene.provider);
  await loseAnswer(scene.provider);
  silence(scene.provider);
  start();
  await expect.poll(() => wallet.disk.session.get(["audit"])).toEqual({ audit: true });
  alarms.ring("reconcile");
  await expect.poll(() => [...awake]).toHaveLength(1);
  for (const { atMost } of awake) expect(atMost + IDLE).toBeLessThan(MINUTE);
});
