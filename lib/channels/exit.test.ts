/** The exit for a reader who holds only dollars, over real providers and a real chain: somebody else sends it. */
import { mnemonicToAccount } from "viem/accounts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createChain } from "#chain";
import { openShop, type Shop } from "../../provider/test/shop.ts";
import { load } from "../payment/testing/browser.ts";
import { standBefore } from "../payment/testing/hostile.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { acknowledge, exitChannel, finishExit, relayersOf, setRelayers } from "./index.ts";

const PRICE = 20_000n;
let scene: Scene;
let wallet: TestWallet;
let ahead: number;
let others: { close(): Promise<void> }[];

const channel = async () => {
  const [own] = await wallet.ledger.listChannels();
  if (!own) throw new RangeError("a channel was opened");
  return own;
};
const travel = async (seconds: number) => {
  ahead += seconds;
  await scene.chain.advance(seconds);
  await wallet.vault.unlock(PASSWORD);
};
/** Another site on the same chain, with its own receipt key. */
async function otherShop(relayExits: "customers" | "anyone"): Promise<Shop> {
  const shop = await openShop(scene.chain, { "/other": "$0.01" }, () => undefined, { relayExits });
  others.push(shop);
  return shop;
}
const name = (...relayers: readonly { readonly origin: string }[]) =>
  setRelayers(
    wallet.ports.local,
    relayers.map(({ origin }) => origin),
  );

beforeEach(async () => {
  ahead = 0;
  others = [];
  scene = await openScene();
  wallet = await scene.wallet({ now: () => Date.now() + ahead * 1_000 });
  const allowed = allow(wallet);
  await load(wallet.payments, `${scene.provider.origin}/news/first`);
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  await acknowledge(wallet.ports, (await channel()).id);
  await scene.shop.payment.claim();
  await scene.provider.close();
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
  await Promise.all(others.map((other) => other.close()));
  await scene.close();
});

test("with its provider gone and no coin, another provider sends both steps, and all that is not owed comes back", async () => {
  await name(await otherShop("anyone"));
  const { id, terms } = await channel();
  await exitChannel(wallet.ports, id, { ownGas: false });
  expect(await channel()).toMatchObject({ status: "exiting" });
  await expect(finishExit(wallet.ports, id, { ownGas: false })).rejects.toMatchObject({ problem: "exit_not_due" });
  await travel(terms.exitDelay + 1);
  await finishExit(wallet.ports, id, { ownGas: false });
  expect(await channel()).toMatchObject({ status: "closed", settled: PRICE });
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - PRICE);
  expect(await scene.chain.balanceOf(scene.chain.stateChannels)).toBe(0n);
});

test("relayers that are gone, unwilling or lying are passed over", async () => {
  const liar = await standBefore((await otherShop("anyone")).origin);
  others.push(liar);
  const { id } = await channel();
  liar.tricks.before = () => ({ status: 200, headers: {}, body: JSON.stringify({ channelId: id, transaction: id }) });
  await name(scene.provider, await otherShop("customers"), liar);
  await expect(exitChannel(wallet.ports, id, { ownGas: false })).rejects.toMatchObject({
    problem: "no_relayer",
    short: { have: 0n },
  });
  expect(await channel()).toMatchObject({ status: "open" });
  // A transaction that the network has, and that is another one.
  const account = mnemonicToAccount(await wallet.vault.revealPhrase(PASSWORD));
  await scene.chain.setGas(wallet.address, 10n ** 18n);
  const chain = wallet.ports.chainOf(scene.network);
  const approve = { kind: "approve", token: scene.chain.dollar, amount: 1n } as const;
  const raw = await account.signTransaction((await chain.prepare(approve, wallet.address)).transaction);
  const transaction = await chain.send(raw);
  await chain.waitForReceipt(transaction, { everyMs: 20 });
  liar.tricks.before = () => ({ status: 200, headers: {}, body: JSON.stringify({ channelId: id, transaction }) });
  await expect(exitChannel(wallet.ports, id, { ownGas: false })).rejects.toMatchObject({ problem: "no_relayer" });
  // One that waits may be the exit.
  await scene.chain.setAutomine(false);
  await name(liar);
  const later = await account.signTransaction((await chain.prepare(approve, wallet.address)).transaction);
  const waiting = await chain.send(later);
  const body = JSON.stringify({ channelId: id, transaction: waiting });
  liar.tricks.before = () => ({ status: 200, headers: {}, body });
  await expect(exitChannel(wallet.ports, id, { ownGas: false })).rejects.toMatchObject({ problem: "not_confirmed" });
  await scene.chain.setAutomine(true);
  await name(scene.provider, await otherShop("customers"), liar, await otherShop("anyone"));
  await exitChannel(wallet.ports, id, { ownGas: false });
  expect(await channel()).toMatchObject({ status: "exiting" });
});

test("where nobody relays, the reader is told how much coin is needed, and it is enough", async () => {
  const { id, terms } = await channel();
  const refused = await exitChannel(wallet.ports, id, { ownGas: false }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ problem: "no_relayer", short: { have: 0n } });
  const { need } = (refused as { short: { need: bigint } }).short;
  expect(need).toBeGreaterThan(0n);
  await scene.chain.setGas(wallet.address, need);
  await exitChannel(wallet.ports, id, { ownGas: true });
  expect(await channel()).toMatchObject({ status: "exiting" });
  await travel(terms.exitDelay + 1);
  await scene.chain.setGas(wallet.address, 0n);
  await expect(finishExit(wallet.ports, id, { ownGas: false })).rejects.toMatchObject({
    problem: "no_relayer",
    short: { have: 0n },
  });
});

test("where nobody relays and the network is out of reach, nothing is said of a fee", async () => {
  const { id } = await channel();
  const { ports } = wallet;
  const cut: typeof ports = {
    ...ports,
    chainOf: (network) => {
      const chain = ports.chainOf(network);
      const { prepare } = createChain({ ...network, rpcUrls: ["http://127.0.0.1:9"] }, { retries: 0 });
      return { ...chain, prepare };
    },
  };
  await expect(exitChannel(cut, id, { ownGas: false })).rejects.toMatchObject({ code: "unreachable" });
});

test("the list of relayers takes https and this computer alone, each once", async () => {
  const { local } = wallet.ports;
  expect(
    await setRelayers(local, ["relay.example", "https://relay.example/", "http://127.0.0.1:8080/x/"]),
  ).toBeUndefined();
  expect(await relayersOf(local)).toEqual(["https://relay.example", "http://127.0.0.1:8080/x"]);
  for (const wrong of ["http://relay.example", "ftp://relay.example", "https://a:b@relay.example", "no address"]) {
    expect(await setRelayers(local, [wrong])).toBe(wrong);
  }
  expect(await relayersOf(local)).toHaveLength(2);
});
