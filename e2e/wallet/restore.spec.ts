/** A fresh profile with the recovery phrase alone: the channel is found on the network, shown, and brought home. */
import { join } from "node:path";
import { localNetwork } from "#demo/chain/index.ts";
import { freshExtension } from "#demo/extension.ts";
import { openWallet } from "#demo/wallet.ts";
import { launch, poll } from "../driver/launch.ts";
import { expect, fetchAll, fetchAllowed, goods, PASSWORD, PRICE, test } from "./fixtures.ts";

test.beforeEach(() => test.setTimeout(180_000));

const FAUCET = 20_000_000n;

test("from the phrase alone the channel is found, never paid from, and closed with its site", async ({
  chain,
  family,
  folder,
  funded,
  shop,
  tab,
}) => {
  expect(await fetchAllowed(funded.driver, tab, ["/paid/only"], "0.2")).toEqual([goods("/paid/only")]);
  const { phrase } = await funded.wallet.ask("vault.reveal", { password: PASSWORD });
  const [before] = await funded.wallet.ask("channels.list", {});
  await funded.driver.close();

  const extensionDir = await freshExtension(family, () => undefined);
  const driver = await launch({ family, extensionDir, profileDir: join(folder, "restored") });
  try {
    const wallet = await openWallet(driver, localNetwork(chain));
    await wallet.ask("vault.create", { password: PASSWORD, phrase });
    const search = () => wallet.ask("channelSearch.get", {});
    await poll("the search to end", async () => (await search())?.finishedAt !== undefined, 60_000);
    expect(await search()).toMatchObject({ share: 1, found: 1, unlisted: 0 });
    const [found] = await wallet.ask("channels.list", {});
    expect(found).toMatchObject({ id: before?.id, status: "restored", found: true, deposit: before?.deposit });

    const page = await driver.newPage();
    await page.goto(`${shop.origin}/`);
    expect(await fetchAllowed(driver, page, ["/paid/again"], "0.2")).toEqual([goods("/paid/again")]);
    expect(await fetchAll(page, ["/paid/more"])).toEqual([goods("/paid/more")]);
    const channels = await wallet.ask("channels.list", {});
    expect(channels).toHaveLength(2);
    expect(channels.find(({ id }) => id === found?.id)).toMatchObject({ status: "restored", payments: 0 });

    for (const { id } of channels) await wallet.ask("channel.close", { channelId: id, site: shop.origin });
    expect((await wallet.ask("channels.list", {})).map(({ status }) => status)).toEqual(["closed", "closed"]);
    expect(await chain.balanceOf(funded.address)).toBe(FAUCET - 3n * PRICE);
    expect(await chain.balanceOf(chain.stateChannels)).toBe(0n);
  } finally {
    await driver.close();
  }
});
