/**
 * The background dies before and after every call that it makes while it opens a channel, pays, acknowledges and closes.
 * Whatever is asked for again afterwards, each page is paid once, and wallet, provider and chain agree.
 */
import { decodePaymentSignature } from "@tollpass/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acknowledgeAll, closeChannel } from "#channels";
import { load } from "./testing/browser.ts";
import { Life, type When } from "./testing/life.ts";
import { openScene, type Scene } from "./testing/scene.ts";
import { type Disk, newDisk, startWallet, type TestWallet } from "./testing/wallet.ts";

const PAGES = ["/news/harbour", "/news/bridge"];
const PRICE = 20_000n;
const CAP = 100_000n;

let scene: Scene;
let template: Disk;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
  template = newDisk();
  const maker = await startWallet([scene.network], { disk: template });
  await scene.chain.mint(maker.address, 1_000_000_000n);
  maker.kill();
});
afterAll(() => scene.close());

/** A profile with the template's unlocked vault and an empty journal. */
async function copyOfTemplate(): Promise<Disk> {
  const disk = newDisk();
  await disk.local.set(await template.local.get(null));
  await disk.session.set(await template.session.get(null));
  return disk;
}

/** Gives a budget whenever it is asked, as long as this life lasts. */
function oblige(wallet: TestWallet, life: Life): void {
  void wallet.asked().then(async (questionId) => {
    if (life.dead) return;
    const revision = wallet.payments.question(questionId)?.revision ?? -1;
    const choice = { kind: "budget", cap: "$0.10", period: "month", perRequest: "$0.02", renews: false } as const;
    void wallet.payments.choose({ questionId, revision, offer: 0, choice });
    oblige(wallet, life);
  });
}

interface Story {
  readonly disk: Disk;
  /** Pages that were received. */
  readonly got: Set<string>;
  readonly idOf: (page: string, life: number) => string;
}

async function live(story: Story, life: Life, number: number): Promise<void> {
  const wallet = await startWallet([scene.network], { disk: story.disk, wrap: life.wrap });
  oblige(wallet, life);
  const script = async () => {
    await wallet.payments.reconcile();
    for (const page of PAGES) {
      if (story.got.has(page)) continue;
      const { status, body } = await load(wallet.payments, `${scene.provider.origin}${page}`, {
        id: story.idOf(page, number),
      });
      expect({ page, status, body }).toEqual({ page, status: 200, body: `story ${page.split("/").at(-1)}` });
      story.got.add(page);
    }
    const open = async () => {
      // What left at the moment of the death may reach the provider after the first look: the alarm looks again.
      if (number > 0) await wallet.payments.reconcile();
      return wallet.ledger.unsettled();
    };
    await expect.poll(open, { interval: 5 }).toEqual([]);
    await acknowledgeAll(wallet.ports);
    for (const { id } of await wallet.ledger.listChannels({ status: ["open", "closing"] })) {
      await closeChannel(wallet.ports, id);
    }
  };
  await Promise.race([script(), life.died]);
  wallet.kill();
}

/** The states that ever reached the server, by channel and nonce: the same nonce always in the same bytes. */
function statesSeen(): Map<string, { owed: bigint; credited: bigint; nonce: bigint }> {
  const bytes = new Map<string, string>();
  const states = new Map<string, { owed: bigint; credited: bigint; nonce: bigint }>();
  for (const { payment = "" } of scene.provider.payments) {
    const { payload } = decodePaymentSignature(payment);
    const state = payload.state as { channelId: string; nonce: string; owed: string; credited: string } | undefined;
    if (!state) continue;
    const key = `${state.channelId} ${state.nonce}`;
    expect(bytes.get(key) ?? payment, "one nonce, one message").toBe(payment);
    bytes.set(key, payment);
    states.set(key, { owed: BigInt(state.owed), credited: BigInt(state.credited), nonce: BigInt(state.nonce) });
  }
  return states;
}

/** Dies at the k-th call and lives on; returns how many calls the first life made. */
async function play(at: number, when: When, sameId: boolean): Promise<number> {
  scene.provider.payments.length = 0;
  const before = await scene.chain.balanceOf(scene.chain.accounts.payee.address);
  const idOf = (page: string, life: number) => `${at} ${when} ${page} ${sameId ? 0 : life}`;
  const story: Story = { disk: await copyOfTemplate(), got: new Set(), idOf };
  const first = new Life(at, when);
  await live(story, first, 0);
  if (first.dead) await live(story, new Life(), 1);

  const wallet = await startWallet([scene.network], { disk: story.disk });
  await wallet.payments.reconcile();
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true, findings: [] });
  const channels = await wallet.ledger.listChannels();
  const charged = channels.reduce((sum, { gross, released }) => sum + gross - released, 0n);
  const [grant] = await wallet.ledger.grants();
  const theirs = (await scene.shop.payment.channels()).filter(({ id }) => channels.some((own) => own.id === id));
  const sums = {
    wallet: charged,
    budget: grant?.spent,
    provider: theirs.reduce((sum, { book }) => sum + book.charged, 0n),
    chain: (await scene.chain.balanceOf(scene.chain.accounts.payee.address)) - before,
  };
  const due = PRICE * BigInt(PAGES.length);
  expect(sums).toEqual({ wallet: due, budget: due, provider: due, chain: due });
  expect(grant?.spent ?? 0n).toBeLessThanOrEqual(CAP);
  expect(channels.map(({ status }) => status).filter((status) => status !== "closed")).toEqual([]);
  for (const [key, { owed, credited, nonce }] of statesSeen()) {
    const own = channels.find(({ id }) => key.startsWith(id));
    expect(own?.authorized ?? 0n, "signed on disk").toBeGreaterThanOrEqual(owed + credited);
    expect(own?.nonce ?? 0n).toBeGreaterThanOrEqual(nonce);
  }
  wallet.kill();
  return first.calls;
}

test("a life that does not die pays each page once and gets the rest back", async () => {
  expect(await play(Number.POSITIVE_INFINITY, "before", true)).toBeGreaterThan(30);
});

test.each([
  ["before", true],
  ["after", false],
] as const)(
  "dying %s any call costs nothing twice (same request ids: %s)",
  async (when, sameId) => {
    const calls = await play(Number.POSITIVE_INFINITY, when, sameId);
    for (let at = 1; at <= calls; at += 1) {
      await play(at, when, sameId).catch((error: unknown) => {
        throw new Error(`dying ${when} call ${at} of ${calls}`, { cause: error });
      });
    }
  },
  240_000,
);
