/** Claims about the wallet's own money on the screens: the address is there at once, whatever the chain does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createChain } from "#chain";
import { walletViewSchema } from "#messages";
import { type LocalChain, localNetwork, startChain } from "../../demo/chain/index.ts";
import { between, deadUrl, IMPATIENT } from "../chain/testing.ts";
import { startWallet } from "../payment/testing/wallet.ts";
import type { AnswerPorts } from "./ports.ts";
import { walletAnswers } from "./wallet.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain.close());

async function answersOver(rpcUrl: string) {
  const network = { ...localNetwork(chain), rpcUrls: [rpcUrl] };
  const { ledger, vault, payments, address } = await startWallet([network]);
  const announced: string[] = [];
  const heard = Promise.withResolvers<void>();
  const ports: Partial<AnswerPorts> = {
    ledger,
    vault,
    payments,
    networks: () => [network],
    home: () => network,
    chainOf: () => createChain(network, IMPATIENT),
    now: () => Date.now(),
    announce(topic) {
      announced.push(topic);
      heard.resolve();
    },
  };
  const answers = walletAnswers(ports as AnswerPorts);
  const get = async () => walletViewSchema.parse(await answers["wallet.get"]({}));
  return { get, address, announced, heard: heard.promise };
}

describe("the wallet's money", () => {
  test("is what the chain says", async () => {
    const { get, address, announced } = await answersOver(chain.rpcUrl);
    await chain.mint(address, 7_000_000n);
    const { balance, native, ...rest } = await get();
    expect([balance?.atomic, native?.atomic]).toEqual(["7000000", "0"]);
    expect(rest).toMatchObject({ address, unreachable: false, inChannels: { atomic: "0" } });
    expect(announced).toEqual([]);
  });

  test("over a dead chain is the address at once, and that the chain cannot be reached", async () => {
    const { get, address } = await answersOver(await deadUrl());
    const view = await get();
    expect(view).toMatchObject({ address, unreachable: true, spentToday: { atomic: "0" } });
    expect([view.balance, view.native]).toEqual([undefined, undefined]);
  });

  test("over a slow chain is the address first; the balance is announced when it has come", async () => {
    const gate = Promise.withResolvers<undefined>();
    const slow = await between(chain, { answer: () => gate.promise });
    const { get, address, announced, heard } = await answersOver(slow.url);
    await chain.mint(address, 3_000_000n);
    const view = await get();
    expect(view).toMatchObject({ address, unreachable: false });
    expect([view.balance, view.native, announced]).toEqual([undefined, undefined, []]);
    gate.resolve(undefined);
    await heard;
    expect(announced).toEqual(["wallet"]);
    expect((await get()).balance?.atomic).toBe("3000000");
    await slow.close();
  });
});
