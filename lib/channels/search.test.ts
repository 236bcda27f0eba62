/** A fresh profile that has the phrase and nothing else: its channels are found on a real chain, and brought home. */

import { mnemonicToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChannelPorts } from "#channels";
import { stateSigning } from "#schemes";
import { createVault } from "#vault";
import { between, freshChannel, perform } from "../chain/testing.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import { newDisk, PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { closeRestored, createChannelSearch, exitChannel, finishExit, sign } from "./index.ts";

const PRICE = 20_000n;
const PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow";
let scene: Scene;
let wallet: TestWallet;
let ahead: number;

const now = () => Date.now() + ahead * 1_000;
const buy = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);
const settled = () => expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
const channels = () => wallet.ledger.listChannels();
const quiet = () => undefined;

/** Another browser with the same phrase. */
async function freshProfile(): Promise<TestWallet> {
  const disk = newDisk();
  await createVault({ local: disk.local, session: disk.session, now }).create(PASSWORD, { phrase: PHRASE });
  return scene.wallet({ disk, now });
}

/** The search as a background with this wallet's ports runs it, over ranges of a few blocks. */
function searchOf(ports: ChannelPorts) {
  const narrow: ChannelPorts = {
    ...ports,
    chainOf(network) {
      const chain = ports.chainOf(network);
      return { ...chain, findChannels: (payers, options) => chain.findChannels(payers, { ...options, span: 4n }) };
    },
  };
  return createChannelSearch(narrow, quiet);
}

async function found(): Promise<void> {
  const search = searchOf(wallet.ports);
  await search.want();
  await search.go();
  expect(await search.state()).toMatchObject({ finishedAt: expect.any(Number) });
}

beforeEach(async () => {
  ahead = 0;
  scene = await openScene();
  wallet = await freshProfile();
  await scene.chain.mint(wallet.address, PURSE);
  const allowed = allow(wallet);
  await buy("first");
  await allowed;
  await settled();
  expect(await buy("second")).toMatchObject({ status: 200, paid: true });
  await settled();
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
  await scene.close();
});

/** Everything but the phrase is lost. */
async function loseAll() {
  const [before] = await channels();
  if (!before) throw new RangeError("a channel was opened");
  wallet.kill();
  wallet = await freshProfile();
  return before;
}

test("the channel is shown with what is in it, and nothing is ever paid from it again", async () => {
  const before = await loseAll();
  expect(await channels()).toEqual([]);
  await found();
  expect(await channels()).toMatchObject([
    { id: before.id, status: "restored", deposit: before.deposit, terms: before.terms, key: { payeeOrigin: "" } },
  ]);
  const allowed = allow(wallet);
  expect(await buy("third")).toMatchObject({ status: 200, paid: true });
  await allowed;
  await settled();
  const [fresh, restored] = await channels();
  expect(fresh?.id).not.toBe(before.id);
  expect(restored).toMatchObject({ id: before.id, status: "restored", nonce: 0n, authorized: 0n });
  expect((await wallet.ledger.history({ limit: 9 })).payments).toMatchObject([{ channelId: fresh?.id }]);
  await found();
  expect(await channels()).toHaveLength(2);
  expect(await channels()).toContainEqual(expect.objectContaining({ id: fresh?.id, status: "open" }));
});

test("no block before that of the contract's deployment is asked for", async () => {
  const { id, terms } = await loseAll();
  const first = await wallet.ports.chainOf(scene.network).findChannels([terms.payer], { fromBlock: 0n });
  const deployBlock = Number(first.find((each) => each.id === id)?.blockNumber);
  expect(deployBlock).toBeGreaterThan(1);
  const asked: number[] = [];
  const server = await between(scene.chain, {
    answer: ({ method, params: [filter] }) => {
      if (method === "eth_getLogs") asked.push(Number((filter as { fromBlock: string }).fromBlock));
      return undefined;
    },
  });
  const { address } = scene.network.stateChannels ?? { address: scene.chain.stateChannels };
  const network = { ...scene.network, rpcUrls: [server.url], stateChannels: { address, deployBlock } };
  const { disk } = wallet;
  wallet.kill();
  wallet = await scene.wallet({ disk, now, networks: [network] });
  try {
    await found();
  } finally {
    await server.close();
  }
  expect(asked.length).toBeGreaterThan(0);
  expect(Math.min(...asked)).toBe(deployBlock);
  expect(await channels()).toMatchObject([{ id, status: "restored" }]);
});

test("a background that dies at any write goes on where it was, and finds each channel once", async () => {
  await loseAll();
  const second = freshChannel(scene.chain, { payer: wallet.address, token: scene.chain.dollar });
  const account = mnemonicToAccount(PHRASE);
  await scene.chain.setGas(wallet.address, 10n ** 18n);
  const chain = wallet.ports.chainOf(scene.network);
  await perform(chain, { kind: "approve", token: scene.chain.dollar, amount: PRICE }, account);
  await perform(chain, { kind: "deposit", channel: second, amount: PRICE }, account);
  const { disk } = wallet;
  let deaths = 0;
  await searchOf(wallet.ports).want();
  for (let left = 1; left < 60; left++) {
    await searchOf(mortal(wallet.ports, left)).go();
    if ((await searchOf(wallet.ports).state())?.finishedAt !== undefined) break;
    deaths += 1;
    wallet.kill();
    wallet = await scene.wallet({ disk, now });
  }
  expect(deaths).toBeGreaterThan(3);
  expect(await searchOf(wallet.ports).state()).toMatchObject({ places: [{ found: 2, unlisted: 0 }] });
  const kept = await channels();
  expect(kept).toHaveLength(2);
  expect(kept.map(({ deposit }) => deposit)).toContain(PRICE);
  expect(kept.every(({ status }) => status === "restored")).toBe(true);
});

/** Every write to the disk beyond the first `left` fails, as for a process that is gone. */
function mortal(ports: ChannelPorts, left: number): ChannelPorts {
  let writes = left;
  const alive = () => {
    if (writes-- <= 0) throw new Error("the background is gone");
  };
  return {
    ...ports,
    local: {
      ...ports.local,
      async set(items) {
        alive();
        await ports.local.set(items);
      },
    },
    ledger: {
      ...ports.ledger,
      async putChannel(record) {
        alive();
        return ports.ledger.putChannel(record);
      },
    },
  };
}

test("a channel of an account that the fresh profile has not got yet brings the account back", async () => {
  await loseAll();
  const third = mnemonicToAccount(PHRASE, { addressIndex: 2 });
  const chain = wallet.ports.chainOf(scene.network);
  await scene.chain.mint(third.address, PRICE);
  await scene.chain.setGas(third.address, 10n ** 18n);
  const channel = freshChannel(scene.chain, { payer: third.address, token: scene.chain.dollar });
  await perform(chain, { kind: "approve", token: scene.chain.dollar, amount: PRICE }, third);
  await perform(chain, { kind: "deposit", channel, amount: PRICE }, third);
  await found();
  expect(await wallet.vault.accounts()).toHaveLength(3);
  expect((await channels()).map(({ key }) => key.account)).toContain(third.address);
});

test("a vault that was made again from the phrase gets the accounts of channels that are known already", async () => {
  await loseAll();
  const second = mnemonicToAccount(PHRASE, { addressIndex: 1 });
  const chain = wallet.ports.chainOf(scene.network);
  await scene.chain.mint(second.address, PRICE);
  await scene.chain.setGas(second.address, 10n ** 18n);
  const channel = freshChannel(scene.chain, { payer: second.address, token: scene.chain.dollar });
  await perform(chain, { kind: "approve", token: scene.chain.dollar, amount: PRICE }, second);
  await perform(chain, { kind: "deposit", channel, amount: PRICE }, second);
  await found();
  expect(await channels()).toHaveLength(2);
  await wallet.vault.wipe();
  await wallet.vault.create(PASSWORD, { phrase: PHRASE });
  expect(await wallet.vault.accounts()).toHaveLength(1);
  await found();
  expect(await wallet.vault.accounts()).toContain(second.address);
  expect(await channels()).toHaveLength(2);
});

test("a search that is forgotten while it runs writes nothing more, whatever it was about to write", async () => {
  await loseAll();
  const { local } = wallet.ports;
  for (let reads = 1; ; reads++) {
    let left = reads;
    let forgotten: Promise<void> | undefined;
    const search = searchOf({
      ...wallet.ports,
      local: {
        ...local,
        async get(keys) {
          const items = await local.get(keys);
          left -= 1;
          if (left === 0) forgotten = search.forget();
          return items;
        },
      },
    });
    await search.want();
    await search.go();
    await forgotten;
    expect((await local.get(["channelSearch"])).channelSearch === undefined).toBe(forgotten !== undefined);
    if (!forgotten) break;
    expect(reads).toBeLessThan(200);
  }
});

test("a locked wallet waits, says so, and goes on when it is unlocked", async () => {
  const before = await loseAll();
  await wallet.vault.lock();
  const search = searchOf(wallet.ports);
  await search.want();
  await search.go();
  expect(await search.state()).toMatchObject({ problem: "locked", places: [] });
  await wallet.vault.unlock(PASSWORD);
  await search.go();
  expect(await search.state()).not.toHaveProperty("problem");
  expect(await channels()).toMatchObject([{ id: before.id }]);
});

describe("what was found comes home", () => {
  test("at once with the site, which gets what the phrase signed and no more", async () => {
    const { id } = await loseAll();
    await found();
    await expect(closeRestored(wallet.ports, id)).rejects.toMatchObject({ problem: "unknown_site" });
    await expect(closeRestored(wallet.ports, id, "http://127.0.0.1:9")).rejects.toMatchObject({
      problem: "provider_unreachable",
    });
    await closeRestored(wallet.ports, id, scene.provider.origin);
    expect(await channels()).toMatchObject([{ status: "closed", settled: 2n * PRICE }]);
    expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - 2n * PRICE);
  });

  test("and a site that asks for more than was signed gets no signature over it", async () => {
    const { id } = await loseAll();
    await found();
    const asked: string[] = [];
    scene.provider.tricks.before = ({ payment }) => {
      asked.push(Buffer.from(payment ?? "", "base64").toString());
      const state = { channelId: id, nonce: "9", owed: "400000", earned: "0", credited: "0" };
      const body = { code: "totals_too_low", last: { state, stateSignature: `0x${"11".repeat(65)}` } };
      return { status: 409, headers: {}, body: JSON.stringify(body) };
    };
    await expect(closeRestored(wallet.ports, id, scene.provider.origin)).rejects.toMatchObject({
      problem: "provider_refused",
    });
    expect(asked).toHaveLength(1);
    expect(JSON.parse(asked[0] ?? "{}").payload.close.paid).toBe("0");
  });

  test("and a site that shows an old state of ours gets no more than the receipts kept here leave it", async () => {
    const { id } = await loseAll();
    await found();
    const given = PRICE / 2n;
    const { terms } = await wallet.ledger.updateChannel(id, () => ({ authorized: 3n * PRICE, credited: given }));
    const contract = { chainId: scene.network.chainId, address: scene.chain.stateChannels };
    const state = { channelId: id, nonce: 2n, owed: 2n * PRICE, earned: 0n, credited: 0n };
    const stateSignature = await sign(wallet.vault, stateSigning(contract, terms, state));
    const asked: string[] = [];
    scene.provider.tricks.before = ({ payment }) => {
      asked.push(JSON.parse(Buffer.from(payment ?? "", "base64").toString()).payload.close.paid);
      const shown = { ...state, nonce: "2", owed: `${state.owed}`, earned: "0", credited: "0" };
      const body = { code: "totals_too_low", last: { state: shown, stateSignature } };
      return { status: 409, headers: {}, body: JSON.stringify(body) };
    };
    await expect(closeRestored(wallet.ports, id, scene.provider.origin)).rejects.toMatchObject({
      problem: "provider_refused",
    });
    expect(asked).toEqual(["0", `${2n * PRICE - given}`]);
  });

  test("without the site, after the exit delay", async () => {
    const { id, terms } = await loseAll();
    await found();
    await scene.provider.close();
    await scene.chain.setGas(wallet.address, 10n ** 18n);
    await exitChannel(wallet.ports, id, { ownGas: true });
    expect(await channels()).toMatchObject([{ status: "exiting" }]);
    ahead += terms.exitDelay + 1;
    await scene.chain.advance(terms.exitDelay + 1);
    await wallet.vault.unlock(PASSWORD);
    await finishExit(wallet.ports, id, { ownGas: true });
    expect(await channels()).toMatchObject([{ status: "closed" }]);
    // The site saw the exit and took what was acknowledged to it by then: at most what was paid.
    expect(await scene.chain.balanceOf(wallet.address)).toBeGreaterThanOrEqual(PURSE - 2n * PRICE);
  });
});
