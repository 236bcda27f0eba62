/** Money on the chain: claims, refunds, closes and exits, each against the balances that the chain itself reports. */
import { channelAnswerSchema, receiptBodySchema, stateChannelsAbi } from "@tollpass/protocol";
import { createPublicClient, createTestClient, createWalletClient, erc20Abi, http, parseEventLogs } from "viem";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LocalChain, startChain } from "../../demo/chain/index.ts";
import { memoryStore } from "../src/memoryStore.ts";
import { newPayer, openShop, type Shop } from "./shop.ts";

const PRICE = 10_000n;
let chain: LocalChain;
let shop: Shop;

beforeEach(async () => {
  chain = await startChain();
  shop = await openShop(chain, { "/premium": "$0.01" }, (app) => app.get("/premium", (_q, r) => void r.send("goods")));
});
afterEach(async () => {
  await shop.close();
  await chain.close();
});
const premium = () => `${shop.origin}/premium`;
const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600;
const recordOf = async (id: string) => (await shop.payment.channels()).find((channel) => channel.id === id);
const problem = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

/** A payer that has bought `count` times and acknowledged `acked` of them by its last state. */
async function customer(count: number, deposit = 1_000_000n) {
  const payer = await newPayer(chain);
  await payer.open(premium(), deposit);
  for (let i = 1; i < count; i++) await payer.buy(premium());
  return { payer, asked: await payer.ask(premium()) };
}

describe("claiming", () => {
  test("three channels takes one transaction and one transfer, of exactly what was acknowledged", async () => {
    const customers = [await customer(2), await customer(3), await customer(1)];
    for (const { payer, asked } of customers) expect((await payer.ack(asked)).status).toBe(200);
    const acknowledged = customers.reduce((sum, { payer }) => sum + payer.earned, 0n);
    expect(acknowledged).toBe(6n * PRICE);

    const before = await chain.balanceOf(chain.accounts.payee.address);
    const result = await shop.payment.claim();
    expect(result).toMatchObject({ paid: acknowledged, unsent: [], batches: [{ paid: acknowledged, skipped: [] }] });
    expect((await chain.balanceOf(chain.accounts.payee.address)) - before).toBe(acknowledged);

    const client = createPublicClient({ chain: chain.viemChain, transport: http(chain.rpcUrl) });
    const hash = result.batches[0]?.transaction ?? "0x";
    const transfers = parseEventLogs({
      abi: erc20Abi,
      eventName: "Transfer",
      logs: (await client.getTransactionReceipt({ hash })).logs,
    });
    expect(transfers.map(({ args }) => [args.to, args.value])).toEqual([[chain.accounts.payee.address, acknowledged]]);
    expect(await shop.payment.claim()).toEqual({ paid: 0n, batches: [], unsent: [] });
  });

  test("more channels than a block has room for takes as many transactions as it needs", async () => {
    const customers = [await customer(2), await customer(2), await customer(2), await customer(2)];
    const client = createTestClient({ mode: "hardhat", transport: http(chain.rpcUrl) });
    await client.setBlockGasLimit({ gasLimit: 600_000n });
    await client.mine({ blocks: 1 });
    const { paid, batches } = await shop.payment.claim();
    expect([paid, batches.map(({ channels }) => channels.length)]).toEqual([BigInt(customers.length) * PRICE, [3, 1]]);
  });

  test("takes nothing that was not acknowledged", async () => {
    const { payer } = await customer(3);
    // The last state acknowledges two of three.
    expect((await shop.payment.claim()).paid).toBe(2n * PRICE);
    expect((await payer.buy(premium())).answer.status).toBe(200);
  });

  test("without a relay key hands out a transaction that anyone can send", async () => {
    const { payer, asked } = await customer(2);
    await payer.ack(asked);
    const own = memoryStore();
    const poor = await openShop(chain, { "/premium": "$0.01" }, () => undefined, {
      store: own,
      relayKey: undefined as never,
    });
    const record = await recordOf(payer.id);
    if (!record) throw new Error("no record");
    const { claimable, ...kept } = record;
    await own.update({ channelId: payer.id }, () => ({ channel: kept, result: undefined }));
    const { unsent } = await poor.payment.claim();
    expect(unsent).toMatchObject([{ to: chain.stateChannels, amount: claimable, channels: [payer.id] }]);
    const anyone = createWalletClient({
      account: chain.accounts.bob,
      chain: chain.viemChain,
      transport: http(chain.rpcUrl),
    });
    const before = await chain.balanceOf(chain.accounts.payee.address);
    await anyone.sendTransaction({ to: unsent[0]?.to ?? null, data: unsent[0]?.data ?? "0x" });
    expect((await chain.balanceOf(chain.accounts.payee.address)) - before).toBe(2n * PRICE);
    await poor.close();
  });
});

describe("a refund", () => {
  test("brings unspent money back, once, and what was promised stays", async () => {
    const { payer, asked } = await customer(2, 100_000n);
    const before = await chain.balanceOf(payer.account.address);
    const message = { channelId: payer.id, refundNonce: 0, amount: 80_000n, deadline: inAnHour() };
    const answer = await payer.refund(asked, message);
    expect(answer.status).toBe(200);
    expect(channelAnswerSchema.parse(await answer.json()).transaction).toMatch(/^0x/);
    expect((await chain.balanceOf(payer.account.address)) - before).toBe(80_000n);
    expect(await recordOf(payer.id)).toMatchObject({ deposit: 20_000n, refundNonce: 1 });
    expect((await recordOf(payer.id))?.refund).toBeUndefined();
    expect(await problem(await payer.refund(asked, message))).toEqual([409, "nonce_conflict"]);
    expect((await payer.buy(premium())).answer.status).toBe(402);
  });
  test("of a unit more than is free is refused", async () => {
    const { payer, asked } = await customer(2, 100_000n);
    const message = { channelId: payer.id, refundNonce: 0, amount: 80_001n, deadline: inAnHour() };
    expect(await problem(await payer.refund(asked, message))).toEqual([409, "totals_invalid"]);
  });
  test("asked for by somebody else is refused", async () => {
    const { payer, asked } = await customer(1);
    const thief = await newPayer(chain);
    thief.channel = payer.channel;
    const message = { channelId: payer.id, refundNonce: 0, amount: 1n, deadline: inAnHour() };
    expect(await problem(await thief.refund(asked, message))).toEqual([403, "bad_signature"]);
  });
});

describe("a credit note", () => {
  test("is money back at once: the next purchase needs less, and the close pays less", async () => {
    const { payer, asked } = await customer(2);
    const { receipt, receiptSignature } = await shop.payment.creditNote(payer.id, 2n, PRICE);
    await payer.take(2n, receipt, receiptSignature);
    expect([payer.earned, payer.credited]).toEqual([PRICE, PRICE]);
    const fetched = await payer.fetchReceipt(asked, 2n);
    expect(receiptBodySchema.parse(await fetched.json()).receipt).toEqual(receipt);
    await expect(shop.payment.creditNote(payer.id, 2n, 1n)).rejects.toThrow(RangeError);
    const bought = await payer.buy(premium());
    expect(bought.answer.status).toBe(200);
    expect((await recordOf(payer.id))?.book).toMatchObject({ charged: 2n * PRICE, credited: PRICE });
  });
});

describe("a cooperative close", () => {
  test("pays both at once and leaves a channel on which nothing can be bought", async () => {
    const { payer, asked } = await customer(3);
    const [mine, theirs] = [payer.account.address, chain.accounts.payee.address];
    const before = [await chain.balanceOf(mine), await chain.balanceOf(theirs)] as const;
    const answer = await payer.close(asked, { channelId: payer.id, paid: payer.earned, deadline: inAnHour() });
    expect(answer.status).toBe(200);
    expect((await chain.balanceOf(theirs)) - before[1]).toBe(3n * PRICE);
    expect((await chain.balanceOf(mine)) - before[0]).toBe(1_000_000n - 3n * PRICE);
    expect(await recordOf(payer.id)).toMatchObject({ status: "closed" });
    const after = await payer.buy(premium());
    expect([after.answer.status, ((await after.answer.json()) as { code: string }).code]).toEqual([
      402,
      "channel_not_open",
    ]);
    await expect(shop.payment.creditNote(payer.id, 1n, 1n)).rejects.toThrow("being closed");
  });
  test("that would pay a unit too little is refused, with the state that says so", async () => {
    const { payer, asked } = await customer(2);
    const answer = await payer.close(asked, { channelId: payer.id, paid: 2n * PRICE - 1n, deadline: inAnHour() });
    const body = (await answer.json()) as { code: string; last: unknown };
    expect([answer.status, body.code]).toEqual([409, "totals_too_low"]);
    expect(body.last).toMatchObject({ state: { owed: "20000" }, receipt: { charged: "10000" } });
    expect((await payer.buy(premium())).answer.status).toBe(200);
  });
  test("waits until no request is being served", async () => {
    const gate = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const slow = await openShop(chain, { "/slow": "$0.01" }, (app) =>
      app.get("/slow", async (_q, r) => {
        arrived.resolve();
        await gate.promise;
        r.send("late");
      }),
    );
    const payer = await newPayer(chain);
    const buying = payer.open(`${slow.origin}/slow`, 1_000_000n);
    await arrived.promise;
    const asked = await payer.ask(`${slow.origin}/slow`);
    const close = { channelId: payer.id, paid: PRICE, deadline: inAnHour() };
    expect(await problem(await payer.close(asked, close))).toEqual([503, "unavailable"]);
    gate.resolve();
    expect((await buying).answer.status).toBe(200);
    expect((await payer.close(asked, close)).status).toBe(200);
    await slow.close();
  });
  test("between its decision and its block nothing more is sold", async () => {
    const { payer, asked } = await customer(1);
    await chain.setAutomine(false);
    const closing = payer.close(asked, { channelId: payer.id, paid: PRICE, deadline: inAnHour() });
    // Each look is a real request, so the server gets its turn in between.
    while (!(await recordOf(payer.id))?.close) await payer.ask(premium());
    const bought = await payer.buy(premium());
    expect(((await bought.answer.json()) as { code: string }).code).toBe("channel_not_open");
    expect(await problem(await payer.ack(asked))).toEqual([409, "channel_not_open"]);
    await expect(shop.payment.creditNote(payer.id, 1n, 1n)).rejects.toThrow("being closed");
    await chain.setAutomine(true);
    await chain.mine();
    expect((await closing).status).toBe(200);
  });
});

describe("an exit", () => {
  test("is relayed; nothing more is sold, and what was acknowledged is claimed before it ends", async () => {
    const { payer, asked } = await customer(2);
    const answer = await payer.exit(asked, { channelId: payer.id, deadline: inAnHour() });
    expect(answer.status).toBe(200);
    const refused = await payer.buy(premium());
    expect(((await refused.answer.json()) as { code: string }).code).toBe("channel_exiting");
    payer.abandoned.add(refused.nonce);
    expect((await payer.ack(asked)).status).toBe(200);
    const before = await chain.balanceOf(chain.accounts.payee.address);
    await shop.payment.look();
    expect((await chain.balanceOf(chain.accounts.payee.address)) - before).toBe(2n * PRICE);
  });
  test("is ended by the same request once its delay is over: the payee's part first, the rest to the payer", async () => {
    const { payer, asked } = await customer(2);
    const exit = { channelId: payer.id, deadline: inAnHour() };
    await payer.exit(asked, exit);
    expect((await payer.ack(asked)).status).toBe(200);
    const { answer } = await payer.buy(premium());
    expect(answer.status).toBe(402);
    const [payerBefore, payeeBefore] = await Promise.all([
      chain.balanceOf(payer.account.address),
      chain.balanceOf(chain.accounts.payee.address),
    ]);
    const deposit = (await recordOf(payer.id))?.deposit ?? 0n;
    await chain.advance(7 * 86_400 + 1);
    expect((await payer.exit(asked, { ...exit, deadline: exit.deadline + 8 * 86_400 })).status).toBe(200);
    expect((await recordOf(payer.id))?.status).toBe("closed");
    expect((await chain.balanceOf(chain.accounts.payee.address)) - payeeBefore).toBe(2n * PRICE);
    expect((await chain.balanceOf(payer.account.address)) - payerBefore).toBe(deposit - 2n * PRICE);
  });
  test("that the payer started by itself is noticed", async () => {
    const { payer } = await customer(2);
    const warned: string[] = [];
    shop.payment.events.on("warning", ({ code }) => warned.push(code));
    await chain.setGas(payer.account.address, 10n ** 18n);
    const wallet = createWalletClient({
      account: payer.account,
      chain: chain.viemChain,
      transport: http(chain.rpcUrl),
    });
    if (!payer.channel) throw new Error("no channel");
    await wallet.writeContract({
      address: chain.stateChannels,
      abi: stateChannelsAbi,
      functionName: "requestExit",
      args: [payer.channel],
    });
    await shop.payment.look();
    expect(warned).toEqual(["exit_requested"]);
    expect((await recordOf(payer.id))?.settled).toBe(PRICE);
    expect((await payer.buy(premium())).answer.status).toBe(402);
  });
});

test("a relay account that runs low on gas is reported", async () => {
  await chain.setGas(chain.accounts.relay.address, 2n * 10n ** 15n);
  const warned = Promise.withResolvers<string>();
  shop.payment.events.on("warning", ({ code }) => warned.resolve(code));
  await customer(1);
  expect(await warned.promise).toBe("gas_low");
});
