/** The payee closes a channel by itself, against a payer that goes on as if nothing were: on the real chain. */
import { channelAnswerSchema, stateChannelsAbi } from "@tollpass/protocol";
import { createWalletClient, type Hex, http } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LocalChain, startChain } from "../../demo/chain/index.ts";
import type { UnsentClose } from "../src/index.ts";
import { newPayer, openShop, type Shop } from "./shop.ts";

const PRICE = 10_000n;
let chain: LocalChain;
let shop: Shop;
let gate: PromiseWithResolvers<void>;
let arrived: PromiseWithResolvers<void>;

beforeEach(async () => {
  chain = await startChain();
  [gate, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  shop = await openShop(chain, { "/page": "$0.01", "/slow": "$0.01" }, (app) => {
    app.get("/page", (_q, r) => void r.send("page"));
    app.get("/slow", async (_q, r) => {
      arrived.resolve();
      await gate.promise;
      r.status(500).send("late, and broken");
    });
  });
});
afterEach(async () => {
  await shop.close();
  await chain.close();
});

const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600;
const recordOf = async (id: Hex) => (await shop.payment.channels()).find((channel) => channel.id === id);
const codeOf = async (answer: Response) => ((await answer.json()) as { code?: string }).code;
const walletOf = (account: typeof chain.accounts.payee) =>
  createWalletClient({ account, chain: chain.viemChain, transport: http(chain.rpcUrl) });
const send = ({ to, data }: UnsentClose) => walletOf(chain.accounts.payee).sendTransaction({ to, data });

/** A payer that has bought twice, the first acknowledged, and has a request between them that is being served. */
async function customer() {
  const payer = await newPayer(chain);
  await payer.open(`${shop.origin}/page`, 100_000n);
  const asked = await payer.ask(`${shop.origin}/slow`);
  const { header, nonce } = await payer.pay(asked);
  const slow = payer.send(`${shop.origin}/slow`, header, nonce);
  await arrived.promise;
  await payer.buy(`${shop.origin}/page`);
  return { payer, asked, slow };
}

test("from the decision on nothing is sold, acknowledged, credited or refunded, and what was being served finishes", async () => {
  const { payer, asked, slow } = await customer();
  const close = await shop.payment.startClose(payer.id);
  expect(close.amount).toBe(2n * PRICE);
  const { book, top } = (await recordOf(payer.id)) ?? {};

  expect(await codeOf((await payer.buy(`${shop.origin}/page`)).answer)).toBe("channel_not_open");
  expect(await codeOf(await payer.ack(asked))).toBe("channel_not_open");
  const refund = { channelId: payer.id, refundNonce: 0, amount: 1n, deadline: inAnHour() };
  expect(await codeOf(await payer.refund(asked, refund))).toBe("channel_not_open");
  await expect(shop.payment.creditNote(payer.id, 3n, PRICE)).rejects.toThrow("being closed");
  expect(await recordOf(payer.id)).toMatchObject({ book, top });
  expect(await shop.payment.startClose(payer.id)).toEqual(close);

  gate.resolve();
  const { receipt, response } = await slow;
  expect(receipt).toMatchObject({ charged: 0n, credited: PRICE });
  await send(close);
  await shop.payment.look();
  const { receiptSignature } = (response?.extra ?? {}) as { receiptSignature: Hex };
  if (!payer.channel || !receipt) throw new Error("no channel");
  const challenge = walletOf(chain.accounts.bob).writeContract({
    address: chain.stateChannels,
    abi: stateChannelsAbi,
    functionName: "challenge",
    args: [payer.channel, receipt, receiptSignature],
  });
  await expect(challenge).rejects.toThrow("NoFraud");
});

test("stands through every reading of the chain, before it is mined and after", async () => {
  const { payer, slow } = await customer();
  gate.resolve();
  await slow;
  const close = await shop.payment.startClose(payer.id);
  await shop.payment.look();
  expect(await codeOf((await payer.buy(`${shop.origin}/page`)).answer)).toBe("channel_not_open");
  await send(close);
  await shop.payment.look();
  expect(await recordOf(payer.id)).toMatchObject({ status: "closing", ending: { amount: 2n * PRICE } });
  await expect(shop.payment.creditNote(payer.id, 1n, 1n)).rejects.toThrow("being closed");
});

test("a payer that agrees in time still closes at once", async () => {
  const { payer, asked, slow } = await customer();
  gate.resolve();
  await slow;
  await shop.payment.startClose(payer.id);
  const before = await chain.balanceOf(chain.accounts.payee.address);
  const answer = await payer.close(asked, { channelId: payer.id, paid: 2n * PRICE, deadline: inAnHour() });
  expect(channelAnswerSchema.parse(await answer.json()).transaction).toMatch(/^0x/);
  expect((await chain.balanceOf(chain.accounts.payee.address)) - before).toBe(2n * PRICE);
});

test("is not decided where more was acknowledged than is due, or nothing is known", async () => {
  const { payer, asked, slow } = await customer();
  gate.resolve();
  await slow;
  await payer.ack(asked);
  await shop.payment.creditNote(payer.id, 3n, 1n);
  await expect(shop.payment.startClose(payer.id)).rejects.toThrow("claim it");
  expect((await payer.buy(`${shop.origin}/page`)).answer.status).toBe(200);
  await expect(shop.payment.startClose(`0x${"0".repeat(64)}`)).rejects.toThrow(RangeError);
});
