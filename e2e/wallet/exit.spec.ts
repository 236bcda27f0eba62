/** The way out that needs no provider: the rest comes back after the exit delay, relayed or with the reader's own gas. */
import type { DrivenWallet } from "#demo/wallet.ts";
import { poll } from "../driver/launch.ts";
import { expect, fetchAllowed, goods, PRICE, test } from "./fixtures.ts";
import { acknowledged } from "./sums.ts";

test.beforeEach(() => test.setTimeout(180_000));

const FAUCET = 20_000_000n;
const ETHER = 10n ** 18n;

async function onlyChannel(wallet: DrivenWallet) {
  const [channel, ...others] = await wallet.ask("channels.list", {});
  if (!channel || others.length > 0) throw new Error("there is not exactly one channel");
  return channel;
}

test("without the provider, with own gas: what is not owed comes back after the delay", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  const { driver, wallet, address } = funded;
  expect(await fetchAllowed(driver, tab, ["/paid/only"], "0.2")).toEqual([goods("/paid/only")]);
  await acknowledged(shop);
  const paid = await shop.claim();
  expect(paid).toBe(PRICE);
  await shop.kill();

  const { id, exitDelay } = await onlyChannel(wallet);
  await expect(wallet.ask("channel.exit", { channelId: id, ownGas: false })).rejects.toThrow(/no_relayer/);
  await expect(wallet.ask("channel.exit", { channelId: id, ownGas: true })).rejects.toThrow(/short_of_gas/);
  await chain.setGas(address, ETHER);
  await wallet.ask("channel.exit", { channelId: id, ownGas: true });
  expect(await onlyChannel(wallet)).toMatchObject({ status: "exiting" });
  await expect(wallet.ask("channel.finishExit", { channelId: id, ownGas: true })).rejects.toThrow(/exit_not_due/);

  await chain.advance(exitDelay + 1);
  await wallet.ask("channel.finishExit", { channelId: id, ownGas: true });
  expect(await onlyChannel(wallet)).toMatchObject({ status: "closed" });
  expect(await chain.balanceOf(address)).toBe(FAUCET - PRICE);
  expect(await chain.balanceOf(chain.stateChannels)).toBe(0n);
});

test("with the provider alive, a reader without gas gets out, and the provider gets what was acknowledged", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  const { driver, wallet, address } = funded;
  expect(await fetchAllowed(driver, tab, ["/paid/only"], "0.2")).toEqual([goods("/paid/only")]);
  await acknowledged(shop);

  const { id, exitDelay } = await onlyChannel(wallet);
  await wallet.ask("channel.exit", { channelId: id, ownGas: false });
  expect(await onlyChannel(wallet)).toMatchObject({ status: "exiting" });
  // The provider sees the exit on the chain and takes what is its own before the channel ends.
  await poll("the provider to claim", async () => (await chain.balanceOf(chain.accounts.payee.address)) > 0n, 90_000);
  await chain.advance(exitDelay + 1);
  await wallet.ask("channel.finishExit", { channelId: id, ownGas: false });
  expect(await onlyChannel(wallet)).toMatchObject({ status: "closed" });
  expect(await chain.balanceOf(address)).toBe(FAUCET - PRICE);
  expect(await chain.balanceOf(chain.accounts.payee.address)).toBe(PRICE);
  expect(await chain.balanceOf(chain.stateChannels)).toBe(0n);
});
