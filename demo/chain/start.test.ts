/** The local chain that everything else is tested on. */
import { createPublicClient, http, keccak256 } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalChain, localNetwork, startChain } from "./index.ts";

let chain: LocalChain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain.close());

test("a chain started twice has the same contracts at the same addresses", async () => {
  const twin = await startChain();
  try {
    expect([twin.stateChannels, twin.dollar, twin.codeHash]).toEqual([
      chain.stateChannels,
      chain.dollar,
      chain.codeHash,
    ]);
    expect(twin.rpcUrl).not.toBe(chain.rpcUrl);
  } finally {
    await twin.close();
  }
});

test("the network record pins the code that is on the chain", async () => {
  const network = localNetwork(chain);
  const client = createPublicClient({ chain: chain.viemChain, transport: http(network.rpcUrls[0]) });
  const code = await client.getCode({ address: network.stateChannels?.address ?? "0x" });
  expect(keccak256(code ?? "0x")).toBe(network.stateChannels?.codeHash);
  expect(await client.getChainId()).toBe(network.chainId);
});

test("money minted in parallel all arrives", async () => {
  const to = chain.accounts.alice.address;
  const before = await chain.balanceOf(to);
  await Promise.all(Array.from({ length: 5 }, () => chain.mint(to, 1_000_000n)));
  expect((await chain.balanceOf(to)) - before).toBe(5_000_000n);
});

test("several reads go through Multicall3 in one call", async () => {
  const client = createPublicClient({ chain: chain.viemChain, transport: http(chain.rpcUrl) });
  const balanceOf = [
    {
      type: "function",
      name: "balanceOf",
      stateMutability: "view",
      inputs: [{ type: "address" }],
      outputs: [{ type: "uint256" }],
    },
  ] as const;
  const owners = [chain.accounts.bob.address, chain.accounts.alice.address];
  const balances = await client.multicall({
    allowFailure: false,
    contracts: owners.map(
      (owner) => ({ address: chain.dollar, abi: balanceOf, functionName: "balanceOf", args: [owner] }) as const,
    ),
  });
  expect(balances).toEqual(await Promise.all(owners.map((owner) => chain.balanceOf(owner))));
});

test("a day can pass", async () => {
  const own = await startChain();
  try {
    const client = createPublicClient({ chain: own.viemChain, transport: http(own.rpcUrl), cacheTime: 0 });
    const before = (await client.getBlock()).timestamp;
    await own.advance(86_400);
    expect((await client.getBlock()).timestamp - before).toBeGreaterThanOrEqual(86_400n);
  } finally {
    await own.close();
  }
});
