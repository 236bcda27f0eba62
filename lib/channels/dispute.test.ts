/** Closes by the payee alone, on a real chain: what takes too much is answered, what is honest is left alone. */
import { stateChannelsAbi } from "@tollpass/protocol";
import { createPublicClient, createTestClient, createWalletClient, type Hex, http, parseTransaction } from "viem";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Chain, PayeeClose } from "#chain";
import { CHALLENGE_FEES_A_DAY } from "#ledger";
import { decodePlan, stateSigning } from "#schemes";
import { encodeCall } from "../chain/transactions.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { finishExit, refreshChannels, sign } from "./index.ts";

const PRICE = 20_000n;
const COIN = 10n ** 18n;
const DAY = 86_400;
let scene: Scene;
let wallet: TestWallet;
let ahead: number;
/** What the server between wallet and chain makes of it. */
let lying: ((chain: Chain) => Chain) | undefined;
/** Signed transactions that were handed to the network, in order. */
let sent: string[];

const channel = async () => {
  const [own] = await wallet.ledger.listChannels();
  if (!own) throw new RangeError("a channel was opened");
  return own;
};
const buy = async (path: string) => {
  await load(wallet.payments, `${scene.provider.origin}${path}`);
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
};
const travel = async (seconds: number) => {
  ahead += seconds;
  await scene.chain.advance(seconds);
  await wallet.vault.unlock(PASSWORD);
};
const read = () => refreshChannels(wallet.ports);

/** The payee closes with the state of the n-th payment, at all that it owes. */
async function closeAt(n: number): Promise<void> {
  const { payments } = await wallet.ledger.history({ limit: 10 });
  const plan = decodePlan(String(payments.toReversed()[n]?.plan));
  if (plan.scheme !== "state-channel") throw new RangeError("a channel paid");
  const { rpcUrl, viemChain, accounts, stateChannels } = scene.chain;
  const signature = await sign(wallet.vault, stateSigning(plan.contract, plan.channel, plan.state));
  const payee = createWalletClient({ account: accounts.payee, chain: viemChain, transport: http(rpcUrl) });
  const hash = await payee.writeContract({
    address: stateChannels,
    abi: stateChannelsAbi,
    functionName: "startClose",
    args: [plan.channel, plan.state, plan.state.owed, signature],
  });
  const { status } = await createPublicClient({ transport: http(rpcUrl) }).waitForTransactionReceipt({ hash });
  expect(status).toBe("success");
}

beforeEach(async () => {
  ahead = 0;
  sent = [];
  lying = undefined;
  scene = await openScene();
  wallet = await scene.wallet({
    now: () => Date.now() + ahead * 1_000,
    wrap: (ports) => ({
      ...ports,
      chainOf(network) {
        const chain = lying?.(ports.chainOf(network)) ?? ports.chainOf(network);
        return {
          ...chain,
          async send(raw) {
            sent.push(raw);
            return chain.send(raw);
          },
        };
      },
    }),
  });
  const allowed = allow(wallet);
  await buy("/news/first");
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
  await scene.close();
});

test("a close that takes what was given back is challenged, and everything left goes to the payer", async () => {
  await buy("/fails");
  await scene.chain.setGas(wallet.address, COIN);
  await closeAt(1);
  await read();
  expect((await channel()).payeeClose).toMatchObject({ amount: 2n * PRICE, headroom: 0n });
  await read();
  expect(await channel()).toMatchObject({ status: "closed", settled: 0n });
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE);
  expect(sent).toHaveLength(1);
});

test("a challenge that waits in the network is the same one however often it is sent", async () => {
  await buy("/fails");
  await scene.chain.setGas(wallet.address, COIN);
  await closeAt(1);
  await scene.chain.setAutomine(false);
  await Promise.all([read(), read()]);
  await read();
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(new Set(sent).size).toBe(1);
  await scene.chain.setAutomine(true);
  await scene.chain.mine();
  await read();
  expect((await channel()).status).toBe("closed");
});

test("a challenge that waits behind a fee that has become too low is replaced by one of its nonce, never joined by one", async () => {
  await buy("/fails");
  await scene.chain.setGas(wallet.address, COIN);
  await closeAt(1);
  await scene.chain.setAutomine(false);
  await read();
  const { rpcUrl, viemChain } = scene.chain;
  const network = createTestClient({ mode: "hardhat", chain: viemChain, transport: http(rpcUrl) });
  const fees = () => sent.map((raw) => parseTransaction(raw as Hex));
  const [first] = fees();
  await network.setNextBlockBaseFeePerGas({ baseFeePerGas: (first?.maxFeePerGas ?? 0n) * 2n });
  await scene.chain.mine();
  await read();
  expect(new Set(sent).size).toBe(1);
  ahead += 11 * 60;
  await read();
  const second = fees().at(-1);
  expect(second?.nonce).toBe(first?.nonce);
  for (const fee of ["maxFeePerGas", "maxPriorityFeePerGas"] as const) {
    expect((second?.[fee] ?? 0n) * 8n).toBeGreaterThanOrEqual((first?.[fee] ?? 0n) * 9n);
  }
  expect((await channel()).challenge).toMatchObject({ raw: sent.at(-1), earlier: [sent[0]] });
  await scene.chain.mine();
  await scene.chain.setAutomine(true);
  await read();
  expect(await channel()).toMatchObject({ status: "closed", settled: 0n });
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE);
});

test("a challenge is not raised beyond what one transaction may cost: the one that waits is sent again", async () => {
  await buy("/fails");
  await scene.chain.setGas(wallet.address, COIN);
  await closeAt(1);
  await scene.chain.setAutomine(false);
  await read();
  const { rpcUrl, viemChain } = scene.chain;
  const network = createTestClient({ mode: "hardhat", chain: viemChain, transport: http(rpcUrl) });
  await network.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 12n });
  await scene.chain.mine();
  ahead += 11 * 60;
  const before = sent.length;
  await read();
  expect(sent.length).toBe(before + 1);
  expect(new Set(sent).size).toBe(1);
  expect((await channel()).challenge).toMatchObject({ raw: sent[0], problem: "failed" });
  await scene.chain.setAutomine(true);
});

test("without coins or with a locked wallet the reader is told, and the next reading tries again", async () => {
  await buy("/fails");
  await closeAt(1);
  await read();
  const { challenge } = await channel();
  expect(challenge).toMatchObject({ problem: "short_of_gas", have: 0n });
  expect(challenge?.need).toBeGreaterThan(0n);
  await scene.chain.setGas(wallet.address, COIN);
  await wallet.vault.lock();
  await read();
  expect((await channel()).challenge).toMatchObject({ problem: "locked" });
  await wallet.vault.unlock(PASSWORD);
  await read();
  await read();
  expect((await channel()).status).toBe("closed");
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE);
});

test("after the deadline no challenge is sent any more", async () => {
  await buy("/fails");
  await closeAt(1);
  await travel(2 * DAY);
  await scene.chain.setGas(wallet.address, COIN);
  await read();
  expect(sent).toEqual([]);
  expect(await channel()).toMatchObject({ status: "closing" });
});

test("an honest close is left alone, and the reader ends it when the payee has vanished", async () => {
  await scene.chain.setGas(wallet.address, COIN);
  const { id } = await channel();
  await closeAt(0);
  await read();
  expect(await channel()).toMatchObject({ status: "closing", payeeClose: { amount: PRICE } });
  expect((await channel()).challenge).toBeUndefined();
  await expect(finishExit(wallet.ports, id, { ownGas: true })).rejects.toMatchObject({ problem: "exit_not_due" });
  await scene.provider.close();
  await travel(2 * DAY);
  await finishExit(wallet.ports, id, { ownGas: true });
  expect(sent).toHaveLength(1);
  expect(await channel()).toMatchObject({ status: "closed", settled: PRICE });
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - PRICE);
});

describe("a server that makes a false close up", () => {
  const MADE_UP: PayeeClose = { amount: 2n * PRICE, headroom: 0n, deadline: 4_000_000_000 };
  const minutes = (count: number) => travel(count * 60);

  /** Shows every channel as closing. */
  const shown =
    (read: Chain["channelStates"]): Chain["channelStates"] =>
    async (ids) => {
      const { block, channels } = await read(ids);
      return { block, channels: channels.map((seen) => ({ ...seen, status: "closing", payeeClose: MADE_UP })) };
    };

  /** As of a wallet that has these servers alone to ask. */
  const everywhere =
    (...reads: Chain["channelStates"][]): Chain["channelStatesEverywhere"] =>
    (ids) =>
      Promise.all(reads.map((read) => read(ids)));

  beforeEach(async () => {
    await buy("/fails");
    await scene.chain.setGas(wallet.address, COIN);
  });

  test("moves the wallet to nothing while another server does not show it", async () => {
    lying = (chain) => ({ ...chain, channelStates: shown(chain.channelStates) });
    await read();
    await minutes(11);
    await read();
    expect(sent).toEqual([]);
    expect((await channel()).challenge).toMatchObject({ problem: "failed" });
    lying = undefined;
    await read();
    expect(await channel()).toMatchObject({ status: "open" });
  });

  test("moves it to nothing while one other server among several does not show it, whichever was read first", async () => {
    for (const order of [
      (lie: Chain["channelStates"], truth: Chain["channelStates"]) => everywhere(lie, lie, truth),
      (lie: Chain["channelStates"], truth: Chain["channelStates"]) => everywhere(truth, lie, lie),
    ]) {
      lying = (chain) => {
        const lie = shown(chain.channelStates);
        return { ...chain, channelStates: lie, channelStatesEverywhere: order(lie, chain.channelStates) };
      };
      await read();
      expect((await channel()).challenge).toMatchObject({ problem: "failed" });
    }
    expect(sent).toEqual([]);
  });

  test("moves it to nothing either with a block that cannot be", async () => {
    lying = (chain) => ({ ...chain, channelStates: shown(chain.channelStates) });
    await read();
    lying = (chain) => ({
      ...chain,
      channelStatesEverywhere: everywhere(shown(chain.channelStates)),
      async channelStates(ids) {
        const { block, channels } = await shown(chain.channelStates)(ids);
        return { block: { ...block, number: block.number + 10_000_000n }, channels };
      },
    });
    await read();
    expect(sent).toEqual([]);
  });

  test("everywhere, and lets the call pass its trial, makes it pay for one refused challenge and no more", async () => {
    lying = (chain) => ({
      ...chain,
      channelStates: shown(chain.channelStates),
      channelStatesEverywhere: everywhere(shown(chain.channelStates)),
      async prepare(call, from) {
        const harmless = { kind: "approve", token: scene.chain.dollar, amount: 0n } as const;
        const { transaction, ...cost } = await chain.prepare(harmless, from);
        const { to, data } = encodeCall(scene.chain.stateChannels, call);
        return { ...cost, transaction: { ...transaction, to, data, gas: 200_000n } };
      },
    });
    for (let look = 0; look < 4; look++) {
      await read();
      await minutes(11);
    }
    expect(new Set(sent).size).toBe(1);
    expect((await channel()).challenge).toMatchObject({ problem: "refused" });
    // A true close later on is another one, and is answered.
    lying = undefined;
    await read();
    await closeAt(1);
    await read();
    await read();
    expect(await channel()).toMatchObject({ status: "closed", settled: 0n });
    expect(new Set(sent).size).toBe(2);
  });

  test("of which each has another deadline, makes it pay no more than the limit of a day", async () => {
    let deadline = MADE_UP.deadline;
    const another =
      (read: Chain["channelStates"]): Chain["channelStates"] =>
      async (ids) => {
        const { block, channels } = await read(ids);
        const payeeClose = { ...MADE_UP, deadline };
        return { block, channels: channels.map((seen) => ({ ...seen, status: "closing", payeeClose })) };
      };
    lying = (chain) => ({
      ...chain,
      channelStates: another(chain.channelStates),
      channelStatesEverywhere: everywhere(another(chain.channelStates)),
      async prepare(call, from) {
        const harmless = { kind: "approve", token: scene.chain.dollar, amount: 0n } as const;
        const { transaction, ...cost } = await chain.prepare(harmless, from);
        const { to, data } = encodeCall(scene.chain.stateChannels, call);
        return { ...cost, need: 20n * 10n ** 15n, transaction: { ...transaction, to, data, gas: 200_000n } };
      },
    });
    const lie = async () => {
      deadline += 60;
      await minutes(1);
      await read();
    };
    for (let count = 0; count < 5; count++) await lie();
    expect(CHALLENGE_FEES_A_DAY / (20n * 10n ** 15n)).toBe(2n);
    expect(new Set(sent).size).toBe(2);
    expect((await channel()).challenge).toMatchObject({ problem: "day_limit" });
    await minutes(24 * 60);
    await lie();
    expect(new Set(sent).size).toBe(3);
  });
});
