/** Deposits that a provider relays or finds made: which are refused, who is asked first, what counts against limits. */
import { requirementSchema, stateChannelsAbi } from "@tollpass/protocol";
import { createWalletClient, erc20Abi, type Hex, http } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalChain, startChain } from "../../demo/chain/index.ts";
import { askedBy, type Bought, type Payer } from "./payer.ts";
import { newPayer, openShop, type Shop } from "./shop.ts";

let chain: LocalChain;
let shop: Shop;

const serve = (app: import("express").Express) => {
  app.get("/premium", (_q, r) => void r.send("goods"));
};
beforeAll(async () => {
  chain = await startChain();
  shop = await openShop(chain, { "/premium": "$0.01" }, serve);
});
afterAll(async () => {
  await shop.close();
  await chain.close();
});
const premium = () => `${shop.origin}/premium`;

async function refused({ answer }: Bought): Promise<string> {
  expect(answer.status).toBe(402);
  return askedBy(answer).required.error ?? "";
}

describe("a deposit is refused", () => {
  const openWith = async (
    payer: Payer,
    change: (deposit: Record<string, unknown>) => Record<string, unknown>,
    amount = 1_000_000n,
  ) => {
    const asked = await payer.ask(premium());
    payer.terms(asked);
    const { header, nonce } = await payer.pay(asked, { deposit: change(await payer.deposit(asked, amount)) });
    return payer.send(premium(), header, nonce);
  };
  test("when it is signed for another amount", async () => {
    const bought = await openWith(await newPayer(chain), (deposit) => ({ ...deposit, amount: 2_000_000n }));
    expect(await refused(bought)).toBe("deposit_refused");
  });
  test("when the payer does not have the money", async () => {
    expect(await refused(await openWith(await newPayer(chain, 5n), (deposit) => deposit))).toBe("deposit_refused");
  });
  test("when it is below the minimum", async () => {
    const payer = await newPayer(chain);
    expect(await refused(await openWith(payer, (deposit) => deposit, 99_999n))).toBe("deposit_refused");
    expect(await chain.balanceOf(payer.account.address)).toBe(100_000_000n);
  });
  test("when the owner turns the payer away", async () => {
    const strict = await openShop(chain, { "/premium": "$0.01" }, serve, {
      onBeforeOpen: () => "Not from your country.",
    });
    const payer = await newPayer(chain);
    const bought = await payer.open(`${strict.origin}/premium`, 1_000_000n);
    expect(((await bought.answer.json()) as { detail: string }).detail).toBe("Not from your country.");
    expect(askedBy(bought.answer).required.error).toBe("payer_refused");
    expect(await chain.balanceOf(payer.account.address)).toBe(100_000_000n);
    await strict.close();
  });
  test("when one payer asks for too many", async () => {
    const strict = await openShop(chain, { "/premium": "$0.01" }, serve, { relayLimits: { perPayer: 1 } });
    const payer = await newPayer(chain);
    expect((await payer.open(`${strict.origin}/premium`, 1_000_000n)).answer.status).toBe(200);
    const asked = await payer.ask(`${strict.origin}/premium`);
    const { header, nonce } = await payer.pay(asked, {
      deposit: await payer.deposit(asked, 1_000_000n, `0x${"07".repeat(32)}`),
    });
    expect(await refused(await payer.send(`${strict.origin}/premium`, header, nonce))).toBe("rate_limited");
    await strict.close();
  });
  test("when this server sends no transactions; then a channel opened with the reader's own gas is found", async () => {
    const poor = await openShop(chain, { "/premium": "$0.01" }, serve, { relayKey: undefined as never });
    const payer = await newPayer(chain);
    const url = `${poor.origin}/premium`;
    const asked = await payer.ask(url);
    expect(requirementSchema.parse(asked.accepted).extra?.relay).toBe(false);
    const channel = payer.terms(asked);
    const first = await payer.pay(asked, { deposit: await payer.deposit(asked, 1_000_000n) });
    expect(await refused(await payer.send(url, first.header, first.nonce))).toBe("relay_unavailable");
    payer.abandoned.add(first.nonce);

    await chain.setGas(payer.account.address, 10n ** 18n);
    const wallet = createWalletClient({
      account: payer.account,
      chain: chain.viemChain,
      transport: http(chain.rpcUrl),
    });
    await wallet.writeContract({
      address: chain.dollar,
      abi: erc20Abi,
      functionName: "approve",
      args: [chain.stateChannels, 1_000_000n],
    });
    await wallet.writeContract({
      address: chain.stateChannels,
      abi: stateChannelsAbi,
      functionName: "deposit",
      args: [channel, 1_000_000n],
    });
    expect((await payer.buy(url)).answer.status).toBe(200);
    await poor.close();
  });
});

describe("a deposit that the chain would not take", () => {
  test("counts against nobody's limit, and the owner is not asked about it", async () => {
    const asked: string[] = [];
    const strict = await openShop(chain, { "/premium": "$0.01" }, serve, {
      relayLimits: { perPayer: 1, total: 1 },
      onBeforeOpen: ({ payer }) => {
        asked.push(payer);
        return true;
      },
    });
    const url = `${strict.origin}/premium`;
    const victim = await newPayer(chain);
    const forger = await newPayer(chain);
    const offer = await forger.ask(url);
    // The forger's own session key signs the state, so only the deposit names somebody else.
    forger.channel = { ...forger.terms(offer), payer: victim.account.address };
    const forged = await forger.pay(offer, { deposit: await forger.deposit(offer, 1_000_000n) });
    expect(await refused(await forger.send(url, forged.header, forged.nonce))).toBe("deposit_refused");
    // Keys cost nothing, so a good signature over money that is not there must not count either.
    expect(await refused(await (await newPayer(chain, 5n)).open(url, 1_000_000n))).toBe("deposit_refused");
    expect(asked).toEqual([]);
    expect((await victim.open(url, 1_000_000n)).answer.status).toBe(200);
    expect(asked).toEqual([victim.account.address]);
    await strict.close();
  });
});

describe("a deposit that its payer has relayed itself", () => {
  /** Sends the deposit to the chain by the payer's own hand. */
  async function relayAlone(payer: Payer, deposit: Record<string, unknown>): Promise<void> {
    if (!payer.channel) throw new Error("no channel yet");
    await chain.setGas(payer.account.address, 10n ** 18n);
    const wallet = createWalletClient({
      account: payer.account,
      chain: chain.viemChain,
      transport: http(chain.rpcUrl),
    });
    await wallet.writeContract({
      address: chain.stateChannels,
      abi: stateChannelsAbi,
      functionName: "depositWithAuthorization",
      args: [
        payer.channel,
        deposit.amount as bigint,
        deposit.validAfter as bigint,
        deposit.validBefore as bigint,
        deposit.salt as Hex,
        deposit.signature as Hex,
      ],
    });
  }
  async function openAlone(url: string): Promise<Bought> {
    const payer = await newPayer(chain);
    const asked = await payer.ask(url);
    payer.terms(asked);
    const deposit = await payer.deposit(asked, 1_000_000n);
    const { header, nonce } = await payer.pay(asked, { deposit });
    await relayAlone(payer, deposit);
    return payer.send(url, header, nonce);
  }
  test("opens a channel", async () => {
    expect((await openAlone(premium())).answer.status).toBe(200);
  });
  test("opens none with an owner who turns the payer away", async () => {
    const strict = await openShop(chain, { "/premium": "$0.01" }, serve, {
      onBeforeOpen: () => "Not from your country.",
    });
    expect(await refused(await openAlone(`${strict.origin}/premium`))).toBe("payer_refused");
    expect(await strict.payment.channels()).toEqual([]);
    await strict.close();
  });
});
