/** Claims about the wish to leave a channel: it outlives the background, is carried out once, and can be taken back. */
import { createTestClient, type Hex, http, parseTransaction } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openShop } from "../../provider/test/shop.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { acknowledge, cancelExit, carryOutExits, exitChannel, setRelayers } from "./index.ts";

const PRICE = 20_000n;
const COIN = 10n ** 18n;
let scene: Scene;
let wallet: TestWallet;
let ahead: number;
let online: boolean;
let sent: Hex[];
/** Before the channels are read from the chain. */
let beforeRead: (() => Promise<void>) | undefined;
let others: { close(): Promise<void> }[];

/** Starts a background, on the disk of the one before if there was one. */
async function start(): Promise<void> {
  const options = wallet ? { disk: wallet.disk } : {};
  wallet?.kill();
  wallet = await scene.wallet({
    ...options,
    now: () => Date.now() + ahead * 1_000,
    wrap: (ports) => ({
      ...ports,
      fetch: (...request) => (online ? fetch(...request) : Promise.reject(new TypeError("offline"))),
      chainOf(network) {
        const chain = ports.chainOf(online ? network : { ...network, rpcUrls: ["http://127.0.0.1:9"] });
        return {
          ...chain,
          async send(raw) {
            sent.push(raw);
            return chain.send(raw);
          },
          async channelStates(ids) {
            await beforeRead?.();
            return chain.channelStates(ids);
          },
        };
      },
    }),
  });
}
const channel = async () => {
  const [own] = (await wallet.ledger.listChannels()).toReversed();
  if (!own) throw new RangeError("a channel was opened");
  return own;
};
const minutes = (count: number) => {
  ahead += count * 60;
};
const read = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);

beforeEach(async () => {
  [ahead, online, sent, others] = [0, true, [], []];
  beforeRead = undefined;
  scene = await openScene();
  wallet = undefined as unknown as TestWallet;
  await start();
  const allowed = allow(wallet);
  await read("first");
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  await acknowledge(wallet.ports, (await channel()).id);
  await scene.shop.payment.claim();
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
  await Promise.all(others.map((other) => other.close()));
  await scene.close();
});

test("asked for offline and with nobody to relay, it is carried out to its end after a restart, with no further word", async () => {
  const { id, terms } = await channel();
  await scene.provider.close();
  online = false;
  await expect(exitChannel(wallet.ports, id, { ownGas: false })).rejects.toThrow();
  expect((await channel()).exitWish).toMatchObject({ ownGas: false, problem: "rpc_unreachable" });
  await start();
  online = true;
  minutes(6);
  await carryOutExits(wallet.ports);
  expect((await channel()).exitWish).toMatchObject({ problem: "no_relayer" });
  const helper = await openShop(scene.chain, { "/other": "$0.01" }, () => undefined, { relayExits: "anyone" });
  others.push(helper);
  await setRelayers(wallet.ports.local, [helper.origin]);
  // Not at every wake: relayers are asked again after a while.
  await carryOutExits(wallet.ports);
  expect(await channel()).toMatchObject({ status: "open" });
  minutes(6);
  await carryOutExits(wallet.ports);
  expect(await channel()).toMatchObject({ status: "exiting" });
  ahead += terms.exitDelay + 1;
  await scene.chain.advance(terms.exitDelay + 1);
  await start();
  await wallet.vault.unlock(PASSWORD);
  await carryOutExits(wallet.ports);
  expect(await channel()).toMatchObject({ status: "closed", settled: PRICE });
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - PRICE);
  await carryOutExits(wallet.ports);
  expect((await channel()).exitWish).toBeUndefined();
});

test("asked for without coins, it waits for them", async () => {
  const { id } = await channel();
  await expect(exitChannel(wallet.ports, id, { ownGas: true })).rejects.toMatchObject({ code: "short_of_gas" });
  const { exitWish } = await channel();
  expect(exitWish).toMatchObject({ problem: "short_of_gas", have: 0n });
  await scene.chain.setGas(wallet.address, exitWish?.need ?? 0n);
  minutes(6);
  await carryOutExits(wallet.ports);
  expect(await channel()).toMatchObject({ status: "exiting" });
  expect(sent).toHaveLength(1);
});

test("asked for while the wallet is locked, it waits for the password and not a minute longer", async () => {
  const { id } = await channel();
  await wallet.vault.lock();
  await expect(exitChannel(wallet.ports, id, { ownGas: false })).rejects.toMatchObject({ code: "locked" });
  await carryOutExits(wallet.ports);
  expect(await channel()).toMatchObject({ status: "open", exitWish: { problem: "locked" } });
  await wallet.vault.unlock(PASSWORD);
  await carryOutExits(wallet.ports);
  expect(await channel()).toMatchObject({ status: "exiting" });
});

test("a transaction that waits is sent again as it is, then replaced by one of its nonce: the step is paid for once", async () => {
  const { id } = await channel();
  await scene.chain.setGas(wallet.address, COIN);
  await scene.chain.setAutomine(false);
  online = false;
  await expect(exitChannel(wallet.ports, id, { ownGas: true })).rejects.toThrow();
  online = true;
  minutes(6);
  await carryOutExits(wallet.ports);
  await start();
  minutes(6);
  await carryOutExits(wallet.ports);
  expect(new Set(sent).size).toBe(1);
  await expect(cancelExit(wallet.ports, id)).rejects.toMatchObject({ problem: "not_confirmed" });
  const { rpcUrl, viemChain } = scene.chain;
  const network = createTestClient({ mode: "hardhat", chain: viemChain, transport: http(rpcUrl) });
  const [first] = sent.map((raw) => parseTransaction(raw));
  await network.setNextBlockBaseFeePerGas({ baseFeePerGas: (first?.maxFeePerGas ?? 0n) * 2n });
  await scene.chain.mine();
  minutes(6);
  await carryOutExits(wallet.ports);
  expect(new Set(sent).size).toBe(2);
  expect(new Set(sent.map((raw) => parseTransaction(raw).nonce)).size).toBe(1);
  await scene.chain.setAutomine(true);
  await scene.chain.mine();
  minutes(6);
  await carryOutExits(wallet.ports);
  expect(await channel()).toMatchObject({ status: "exiting" });
  expect(new Set(sent).size).toBe(2);
});

test("while it stands nothing is paid from the channel; taken back, nothing is asked for and the channel pays again", async () => {
  const { id } = await channel();
  online = false;
  await expect(exitChannel(wallet.ports, id, { ownGas: false })).rejects.toThrow();
  online = true;
  const { nonce } = await channel();
  expect(await read("second")).toMatchObject({ status: 200, paid: true });
  expect(await wallet.ledger.getChannel(id)).toMatchObject({ nonce, status: "open" });
  expect(await wallet.ledger.listChannels()).toHaveLength(2);

  await cancelExit(wallet.ports, id);
  minutes(60);
  await carryOutExits(wallet.ports);
  expect(await wallet.ledger.getChannel(id)).toMatchObject({ status: "open" });
  expect((await wallet.ledger.getChannel(id))?.exitWish).toBeUndefined();
});

/** The site hears of what it is asked to relay, and does not answer until it is let go: then it breaks off. */
function holdSite() {
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  scene.provider.tricks.before = async () => {
    if (!(await channel()).exitWish) return undefined;
    asked.resolve();
    await held.promise;
    return "cut" as const;
  };
  return { asked: asked.promise, letGo: held.resolve };
}

test("a try that ends after another was begun leaves the newer wish as it is", async () => {
  const { id } = await channel();
  const site = holdSite();
  const slow = exitChannel(wallet.ports, id, { ownGas: false }).catch((error: unknown) => error);
  await site.asked;
  await expect(exitChannel(wallet.ports, id, { ownGas: true })).rejects.toMatchObject({ code: "short_of_gas" });
  const { exitWish } = await channel();
  expect(exitWish).toMatchObject({ ownGas: true, problem: "short_of_gas" });
  site.letGo();
  expect(await slow).toMatchObject({ problem: "no_relayer" });
  expect((await channel()).exitWish).toEqual(exitWish);
});

test("taken back while one server is asked, no other is asked any more", async () => {
  const { id } = await channel();
  const helper = await openShop(scene.chain, { "/other": "$0.01" }, () => undefined, { relayExits: "anyone" });
  others.push(helper);
  await setRelayers(wallet.ports.local, [helper.origin]);
  const site = holdSite();
  const slow = exitChannel(wallet.ports, id, { ownGas: false }).catch((error: unknown) => error);
  await site.asked;
  await cancelExit(wallet.ports, id);
  site.letGo();
  expect(await slow).toMatchObject({ problem: "channel_unusable" });
  expect(await channel()).toMatchObject({ status: "open" });
  expect((await channel()).exitWish).toBeUndefined();
});

test("a wish whose transaction is mined is not taken back before the wallet has seen what it did", async () => {
  const { id } = await channel();
  await scene.chain.setGas(wallet.address, COIN);
  const answers: unknown[] = [];
  beforeRead = async () => {
    if (sent.length > 0) answers.push(await cancelExit(wallet.ports, id).catch((error: unknown) => error));
  };
  await exitChannel(wallet.ports, id, { ownGas: true });
  expect(answers[0]).toMatchObject({ problem: "not_confirmed" });
  expect(answers).not.toContain(undefined);
  expect(await channel()).toMatchObject({ status: "exiting", exitWish: { ownGas: true } });
  expect((await channel()).exitWish?.sent).toBeUndefined();
});
