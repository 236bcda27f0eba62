/** Claims about what a lying network server can cost whoever runs the watcher: a bounded fee, three times a day. */
import { parseWatchBundle } from "@tollpass/protocol";
import { keccak256, toHex } from "viem";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createWatchtower } from "../../provider/src/watchtower/watchtower.ts";
import { between, type Meddling } from "../chain/testing.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, type Scene } from "../payment/testing/scene.ts";
import type { TestWallet } from "../payment/testing/wallet.ts";
import { exitChannel, exportWatchBundle } from "./index.ts";

const COIN = 10n ** 18n;
const DAY = 86_400_000;
let scene: Scene;
let wallet: TestWallet;
let server: Awaited<ReturnType<typeof between>> | undefined;

beforeEach(async () => {
  scene = await openScene();
  wallet = await scene.wallet();
  const allowed = allow(wallet);
  await load(wallet.payments, `${scene.provider.origin}/news/first`);
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  await scene.chain.setGas(scene.chain.accounts.bob.address, COIN);
  const [channel] = await wallet.ledger.listChannels();
  if (!channel) throw new RangeError("a channel was opened");
  await exitChannel(wallet.ports, channel.id, { ownGas: false });
  await scene.chain.advance(channel.terms.exitDelay + 1);
});
afterEach(async () => {
  vi.useRealTimers();
  wallet.kill();
  await server?.close();
  await scene.close();
});

/** A watcher of an exit that is due, whose only server meddles. */
async function watcher(meddling: Meddling) {
  server = await between(scene.chain, meddling);
  const { url, methods } = server;
  const gasKey = toHex(scene.chain.accounts.bob.getHdKey().privateKey ?? new Uint8Array());
  const { channels } = parseWatchBundle(await exportWatchBundle(wallet.ports));
  const tower = createWatchtower({ gasKey, rpcUrlOf: () => url });
  const sent = () => methods.filter((method) => method === "eth_sendRawTransaction").length;
  return { look: () => tower.look(channels), sent };
}

test("a fee beyond 0.02 ETH is not paid: nothing is signed for it, and it is said", async () => {
  const { look, sent } = await watcher({
    change: ({ method }, result) => (method === "eth_maxPriorityFeePerGas" ? toHex(10n ** 15n) : result),
  });
  expect(await look()).toMatchObject([{ kind: "failed", detail: expect.stringContaining("beyond all measure") }]);
  expect(sent()).toBe(0);
  expect(await scene.chain.balanceOf(scene.chain.stateChannels)).toBeGreaterThan(0n);
});

test("what a server says to have mined, to no effect, is sent three times a day and no more", async () => {
  const mined = {
    blockHash: `0x${"1".repeat(64)}`,
    blockNumber: "0x1",
    contractAddress: null,
    cumulativeGasUsed: "0x1",
    effectiveGasPrice: "0x1",
    from: scene.chain.accounts.bob.address,
    gasUsed: "0x1",
    logs: [],
    logsBloom: `0x${"0".repeat(512)}`,
    status: "0x1",
    to: scene.chain.stateChannels,
    transactionIndex: "0x0",
    type: "0x2",
  };
  const { look, sent } = await watcher({
    answer: ({ method, params }) => {
      if (method === "eth_sendRawTransaction") return { result: keccak256(params[0] as `0x${string}`) };
      if (method === "eth_getTransactionReceipt") return { result: { ...mined, transactionHash: params[0] } };
      return undefined;
    },
  });
  for (let time = 0; time < 3; time++) expect(await look()).toMatchObject([{ kind: "exited" }]);
  for (let time = 0; time < 2; time++) {
    expect(await look()).toMatchObject([{ kind: "failed", detail: expect.stringContaining("3 times within a day") }]);
  }
  expect(sent()).toBe(3);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY + 1 });
  expect(await look()).toMatchObject([{ kind: "exited" }]);
  expect(sent()).toBe(4);
});
