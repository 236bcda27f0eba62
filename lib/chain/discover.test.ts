/** Channels are found from the payer's address alone, also where servers limit log ranges or lie. */
import { channelId, NATIVE } from "@tollpass/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalChain, localNetwork, startChain } from "#demo/chain/index.ts";
import { type Chain, createChain } from "./index.ts";
import { between, freshChannel, IMPATIENT, perform } from "./testing.ts";

let local: LocalChain;
let chain: Chain;
const channels: ReturnType<typeof freshChannel>[] = [];

beforeAll(async () => {
  local = await startChain();
  chain = createChain(localNetwork(local), IMPATIENT);
  for (let amount = 1n; amount <= 3n; amount++) {
    const channel = freshChannel(local, { token: NATIVE });
    channels.push(channel);
    await perform(chain, { kind: "deposit", channel, amount });
    for (let empty = 0; empty < 10; empty++) await local.mine();
  }
  const { bob } = local.accounts;
  const foreign = freshChannel(local, { token: NATIVE, payer: bob.address, payerSigner: local.accounts.alice.address });
  await perform(chain, { kind: "deposit", channel: foreign, amount: 9n }, bob);
});
afterAll(() => local.close());

const alice = () => local.accounts.alice.address;

test("every channel of the payer is found, with its whole terms, and none of another payer", async () => {
  const found = await chain.findChannels([alice()], { fromBlock: 0n });
  expect(found.map(({ channel }) => channel)).toEqual(channels);
  expect(found.map(({ amount }) => amount)).toEqual([1n, 2n, 3n]);
  const contract = { chainId: local.chainId, address: local.stateChannels };
  expect(found.map(({ id }) => id)).toEqual(channels.map((channel) => channelId(contract, channel)));
});

test("however the range is cut, each channel is found once and every block is looked at", async () => {
  const { number } = await chain.confirmedBlock();
  for (const span of [1n, 2n, 7n, 1_000n]) {
    const searched: bigint[] = [];
    const onProgress = (to: bigint) => void searched.push(to);
    const found = await chain.findChannels([alice()], { fromBlock: 1n, span, onProgress });
    expect(found.map(({ channel }) => channel)).toEqual(channels);
    const expected = Array.from({ length: Math.ceil(Number(number) / Number(span)) }, (_, index) => {
      const to = BigInt(index + 1) * span;
      return to < number ? to : number;
    });
    expect(searched).toEqual(expected);
  }
});

test("only blocks of the asked range count", async () => {
  const all = await chain.findChannels([alice()], { fromBlock: 0n });
  const [, second] = all;
  const at = second?.blockNumber ?? 0n;
  expect(await chain.findChannels([alice()], { fromBlock: at, toBlock: at })).toEqual([second]);
  expect(await chain.findChannels([alice()], { fromBlock: at + 1n, toBlock: at })).toEqual([]);
});

test("several payers are looked for at once", async () => {
  const { alice: one, bob } = local.accounts;
  const found = await chain.findChannels([one.address, bob.address], { fromBlock: 0n });
  expect(found.map(({ amount }) => amount)).toEqual([1n, 2n, 3n, 9n]);
});

test("what a range held is handed over before the next one is asked for", async () => {
  const seen: bigint[] = [];
  const failing = chain.findChannels([alice()], {
    fromBlock: 0n,
    span: 5n,
    onProgress: (_to, found) => {
      seen.push(...found.map(({ amount }) => amount));
      if (seen.length === 2) throw new RangeError("enough");
    },
  });
  await expect(failing).rejects.toThrow("enough");
  expect(seen).toEqual([1n, 2n]);
});

test("a server that refused for a while gets wide ranges again", async () => {
  let refusals = 3;
  const server = await between(local, {
    answer: ({ method }) =>
      method === "eth_getLogs" && refusals-- > 0 ? { error: { code: -32005, message: "slow down" } } : undefined,
  });
  try {
    const widths: bigint[] = [];
    let last = -1n;
    await server.chain.findChannels([alice()], {
      fromBlock: 0n,
      span: 8n,
      onProgress: (to) => {
        widths.push(to - last);
        last = to;
      },
    });
    expect(widths.slice(0, 17)).toEqual([...Array.from({ length: 16 }, () => 1n), 2n]);
  } finally {
    await server.close();
  }
});

test("a server that refuses wide ranges is asked for narrower ones", async () => {
  const LIMIT = 4n;
  const server = await between(local, {
    answer: ({ method, params }) => {
      if (method !== "eth_getLogs") return undefined;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const tooWide = BigInt(toBlock) - BigInt(fromBlock) + 1n > LIMIT;
      return tooWide ? { error: { code: -32005, message: "query exceeds max block range" } } : undefined;
    },
  });
  try {
    const found = await server.chain.findChannels([alice()], { fromBlock: 0n });
    expect(found.map(({ channel }) => channel)).toEqual(channels);
    // Eleven halvings from 10,000 to 4; from then on no range is tried that is known to be too wide.
    const { number } = await chain.confirmedBlock();
    const asked = server.methods.filter((method) => method === "eth_getLogs").length;
    expect(asked).toBe(11 + Math.ceil((Number(number) + 1) / 4));
  } finally {
    await server.close();
  }
});

test("a server that is behind shows nothing of blocks that it has not got, and is not believed about them", async () => {
  const { number } = await chain.confirmedBlock();
  const behind = await between(local, {
    answer: ({ method }) => {
      if (method === "eth_blockNumber") return { result: `0x${(number - 1n).toString(16)}` };
      return method === "eth_getLogs" ? { result: [] } : undefined;
    },
  });
  try {
    const range = { fromBlock: 0n, toBlock: number, span: 4n };
    const urls = [behind.url, local.rpcUrl];
    const searched: bigint[] = [];
    const onProgress = (to: bigint) => void searched.push(to);
    await expect(behind.chain.findChannels([alice()], { ...range, onProgress })).rejects.toMatchObject({
      code: "unreachable",
    });
    // What it has got it was asked for.
    expect(searched.at(-1)).toBeGreaterThan(number - 8n);
    expect(searched.at(-1)).toBeLessThan(number);
    const both = createChain({ ...localNetwork(local), rpcUrls: urls }, IMPATIENT);
    const found = await both.findChannels([alice()], { fromBlock: 0n, toBlock: number });
    expect(found.map(({ channel }) => channel)).toEqual(channels);
  } finally {
    await behind.close();
  }
});

test("a server that refuses even one block is an end, not a loop", async () => {
  const server = await between(local, {
    answer: ({ method }) => (method === "eth_getLogs" ? { error: { code: -32601, message: "not here" } } : undefined),
  });
  try {
    const finding = server.chain.findChannels([alice()], { fromBlock: 0n, span: 8n });
    await expect(finding).rejects.toMatchObject({ code: "refused" });
  } finally {
    await server.close();
  }
});

const forgeries: readonly [string, (log: Log) => Log][] = [
  ["with another id", (log) => ({ ...log, topics: log.topics.with(1, `0x${"ab".repeat(32)}`) })],
  ["with other terms", (log) => ({ ...log, data: log.data.replace(/0093a80/, "0093a81") })],
  ["of another contract", (log) => ({ ...log, address: NATIVE })],
  ["outside the range", (log) => ({ ...log, blockNumber: "0xffffff" })],
];

test.each(forgeries)("a forged event %s is not taken for a channel", async (_how, forge) => {
  const server = await between(local, {
    change: ({ method }, result) => (method === "eth_getLogs" ? (result as Log[]).map(forge) : result),
  });
  try {
    const finding = server.chain.findChannels([alice()], { fromBlock: 0n });
    await expect(finding).rejects.toMatchObject({ code: "bad_answer" });
  } finally {
    await server.close();
  }
});

test("an event that names another payer is left out", async () => {
  const payer = `0x${local.accounts.bob.address.slice(2).toLowerCase().padStart(64, "0")}`;
  const forge = (log: Log) => ({ ...log, topics: log.topics.with(2, payer) });
  const server = await between(local, {
    change: ({ method }, result) => (method === "eth_getLogs" ? (result as Log[]).map(forge) : result),
  });
  try {
    expect(await server.chain.findChannels([alice()], { fromBlock: 0n })).toEqual([]);
  } finally {
    await server.close();
  }
});

interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string;
}
