/** What a node says wrongly costs the seller nothing: the next true reading takes it back. */
import { stateChannelsAbi } from "@tollpass/protocol";
import { createWalletClient, http } from "viem";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LocalChain, startChain } from "../../demo/chain/index.ts";
import { memoryStore } from "../src/memoryStore.ts";
import { type Lie, wrongNode } from "./nodes.ts";
import type { Payer } from "./payer.ts";
import { newPayer, openShop, type Shop } from "./shop.ts";

const PRICE = 10_000n;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let chain: LocalChain;
let node: Awaited<ReturnType<typeof wrongNode>>;
let shop: Shop;
let payer: Payer;
let store: ReturnType<typeof memoryStore>;

beforeEach(async () => {
  chain = await startChain();
  node = await wrongNode(chain);
  store = memoryStore();
  const goods = { "/premium": "$0.01" };
  shop = await openShop(chain, goods, (app) => app.get("/premium", (_q, r) => void r.send("goods")), {
    network: node.network,
    store,
    watchSeconds: 3_600,
  });
  payer = await newPayer(chain);
  await payer.open(premium(), 1_000_000n);
  // Acknowledges the first.
  await payer.buy(premium());
});
afterEach(async () => {
  vi.useRealTimers();
  await shop.close();
  await node.close();
  await chain.close();
});

const premium = () => `${shop.origin}/premium`;
const record = async () => (await shop.payment.channels()).find(({ id }) => id === payer.id);
const taken = () => chain.balanceOf(chain.accounts.payee.address);

/** Lets the shop look at the chain through a node that says this. */
async function look(lie: Lie = {}): Promise<void> {
  node.says(lie);
  await shop.payment.look();
}

/** The wall clock of the shop runs ahead; the chain and everything else go on by the real one. */
function ahead(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + milliseconds });
}

/** The problem code that the next purchase ends with; undefined if it is served. */
async function purchase(): Promise<string | undefined> {
  const { answer, nonce } = await payer.buy(premium());
  if (answer.status === 200) return undefined;
  payer.abandoned.add(nonce);
  return ((await answer.json()) as { code: string }).code;
}

describe("a channel that a node wrongly called closed", () => {
  test("is claimed after the next true reading, and sold on again", async () => {
    await look({ status: "closed" });
    expect(await record()).toMatchObject({ status: "closed" });
    expect(await purchase()).toBe("channel_not_open");
    await chain.mine();
    await look();
    expect(await record()).toMatchObject({ status: "open", claimable: PRICE });
    expect((await shop.payment.claim()).paid).toBe(PRICE);
    expect(await purchase()).toBeUndefined();
  });

  test("is claimed before the exit that its payer then starts", async () => {
    await look({ status: "closed" });
    await leave();
    const before = await taken();
    await look();
    expect((await taken()) - before).toBe(PRICE);
  });

  test("is read again for a week, and then no more", async () => {
    await look({ status: "closed" });
    ahead(6 * DAY);
    await look({ status: "closed" });
    expect((await record())?.status).toBe("closed");
    await look();
    expect((await record())?.status).toBe("open");
    await look({ status: "closed" });
    ahead(8 * DAY);
    await look();
    expect((await record())?.status).toBe("closed");
  });

  test("at its first sight is open after the next true reading", async () => {
    const own = memoryStore();
    const other = await openShop(chain, { "/premium": "$0.01" }, () => undefined, {
      network: node.network,
      store: own,
      watchSeconds: 3_600,
    });
    node.says({ status: "closed" });
    const reader = await newPayer(chain);
    await reader.open(`${other.origin}/premium`, 1_000_000n);
    expect((await own.channel(reader.id))?.status).toBe("closed");
    node.says({});
    await other.payment.look();
    expect((await own.channel(reader.id))?.status).toBe("open");
    await other.close();
  });

  test("keeps the close that is decided, whose signatures are out", async () => {
    const close = { paid: PRICE, deadline: Math.floor(Date.now() / 1_000) + 3_600, signature: "0x" as const };
    await store.update({ channelId: payer.id }, ({ channel }) => ({
      ...(channel && { channel: { ...channel, close } }),
      result: undefined,
    }));
    await look({ status: "closed" });
    node.says({});
    expect(await record()).toMatchObject({ status: "closed", close });
  });
});

test("totals that a node said wrongly are taken back", async () => {
  await look({ settled: 500_000n });
  expect(await record()).toMatchObject({ claimable: 0n });
  await look({ deposit: 9_000_000n });
  expect(await record()).toMatchObject({ deposit: 9_000_000n });
  await look();
  expect(await record()).toMatchObject({ deposit: 1_000_000n, settled: 0n, claimable: PRICE });
});

test("a channel that was seen is never taken for one that does not exist", async () => {
  const before = await record();
  await look({ status: "none", deposit: 0n });
  expect(await record()).toEqual(before);
  expect(await purchase()).toBeUndefined();
});

describe("a block", () => {
  test("before the last one changes nothing", async () => {
    await look();
    const before = await record();
    await look({ status: "closed", blocks: -1n });
    expect(await record()).toEqual(before);
  });

  test("far beyond the last one is not believed", async () => {
    const before = await record();
    await look({ status: "closed", blocks: 10n ** 12n });
    expect(await record()).toEqual(before);
    await look();
    expect((await record())?.status).toBe("open");
  });

  test("whose number was too high silences true readings for an hour at most", async () => {
    await look({ status: "closed", blocks: 4_000n });
    await look();
    expect((await record())?.status).toBe("closed");
    ahead(HOUR + 60_000);
    await look();
    expect(await record()).toMatchObject({ status: "open", claimable: PRICE });
  });
});

test("a channel whose exit may have gone unnoticed is not sold on where no reading can be believed", async () => {
  ahead(3 * DAY);
  node.says({ status: "none", deposit: 0n });
  expect(await purchase()).toBe("deposit_unconfirmed");
  node.says({});
  expect(await purchase()).toBeUndefined();
});

describe("a channel that is being closed on the chain by the payee", () => {
  test("is sold on no more, claimed, and followed to its end", async () => {
    const warned: string[] = [];
    shop.payment.events.on("warning", ({ code }) => warned.push(code));
    const { state, signature } = (await store.channel(payer.id))?.top ?? {};
    if (!payer.channel || !state || !signature) throw new Error("nothing was bought");
    await chain.setGas(chain.accounts.payee.address, 10n ** 18n);
    const payee = createWalletClient({
      account: chain.accounts.payee,
      chain: chain.viemChain,
      transport: http(chain.rpcUrl),
    });
    const contract = { address: chain.stateChannels, abi: stateChannelsAbi } as const;
    await payee.writeContract({
      ...contract,
      functionName: "startClose",
      args: [payer.channel, state, 2n * PRICE, signature],
    });
    const before = await taken();
    await look();
    expect(await record()).toMatchObject({ status: "closing", settled: PRICE, claimable: 0n });
    expect((await taken()) - before).toBe(PRICE);
    expect(warned).toEqual(["close_started"]);
    expect(await purchase()).toBe("channel_not_open");
    expect((await payer.ack(await payer.ask(premium()))).status).toBe(409);
    await expect(shop.payment.creditNote(payer.id, 1n, 1n)).rejects.toThrow("being closed");

    await chain.advance(payer.channel.challengePeriod + 1);
    await payee.writeContract({ ...contract, functionName: "finalizeClose", args: [payer.channel] });
    await look();
    expect(await record()).toMatchObject({ status: "closed", settled: 2n * PRICE });
    expect((await taken()) - before).toBe(2n * PRICE);
    expect(warned).toEqual(["close_started"]);
  });
});

/** The payer asks the contract for its exit, behind the shop's back. */
async function leave(): Promise<void> {
  if (!payer.channel) throw new Error("no channel");
  await chain.setGas(payer.account.address, 10n ** 18n);
  const wallet = createWalletClient({
    account: payer.account,
    chain: chain.viemChain,
    transport: http(chain.rpcUrl),
  });
  await wallet.writeContract({
    address: chain.stateChannels,
    abi: stateChannelsAbi,
    functionName: "requestExit",
    args: [payer.channel],
  });
}
