/** Servers that are dead, slow, wrong or lying: each ends in an error of its own, and nothing can be signed. */
import { channelId, NATIVE } from "@tollpass/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOCAL_CONTRACTS, type LocalChain, localNetwork, startChain } from "#demo/chain/index.ts";
import { ChainError, createChain } from "./index.ts";
import { between, deadUrl, freshChannel, IMPATIENT, type Meddling, perform } from "./testing.ts";

let local: LocalChain;
beforeAll(async () => {
  local = await startChain();
});
afterAll(() => local.close());

const network = () => localNetwork(local);

const word = (value: bigint) => value.toString(16).padStart(64, "0");
const NO_CHANNEL = `0x${"11".repeat(32)}` as const;
/** The contract's answer for one open channel. */
const OPEN = `0x${[32n, 1n, 5n, 0n, 0n, 0n, 1n].map(word).join("")}`;

async function withServer(meddling: Meddling, use: (server: Awaited<ReturnType<typeof between>>) => Promise<void>) {
  const server = await between(local, meddling);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

const deposit = () => ({ kind: "deposit", channel: freshChannel(local, { token: NATIVE }), amount: 5n }) as const;
const alice = () => local.accounts.alice.address;

test("a dead server is unreachable, whatever is asked", async () => {
  const chain = createChain({ ...network(), rpcUrls: [await deadUrl()] }, IMPATIENT);
  const raw = "0x02" as const;
  const hash = `0x${"11".repeat(32)}` as const;
  const questions = [
    () => chain.check(),
    () => chain.tokenBalance(local.dollar, alice()),
    () => chain.nativeBalance(alice()),
    () => chain.channelStates([]),
    () => chain.authorizationUsed(local.dollar, alice(), hash),
    () => chain.findChannels([alice()], { fromBlock: 0n }),
    () => chain.prepare(deposit(), alice()),
    () => chain.send(raw),
    () => chain.waitForReceipt(hash, { timeoutMs: 0 }),
  ];
  for (const ask of questions) {
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChainError);
    expect(error).toMatchObject({ code: "unreachable" });
  }
});

test("a network without servers is unreachable", async () => {
  const chain = createChain({ ...network(), rpcUrls: [] }, IMPATIENT);
  await expect(chain.nativeBalance(alice())).rejects.toMatchObject({ code: "unreachable" });
});

test("a server that accepts and never answers is unreachable after the time that was given", async () => {
  await withServer({ answer: () => "silence" }, async ({ url }) => {
    const chain = createChain({ ...network(), rpcUrls: [url] }, { retries: 0, timeoutMs: 50 });
    await expect(chain.check()).rejects.toMatchObject({ code: "unreachable" });
  });
});

test("a server of another chain is told by its id and asked nothing else", async () => {
  await withServer(
    { answer: ({ method }) => (method === "eth_chainId" ? { result: "0x1" } : undefined) },
    async (server) => {
      await expect(server.chain.check()).rejects.toMatchObject({ code: "wrong_chain" });
      await expect(server.chain.nativeBalance(alice())).rejects.toMatchObject({ code: "wrong_chain" });
      await expect(server.chain.prepare(deposit(), alice())).rejects.toMatchObject({ code: "wrong_chain" });
      await expect(server.chain.send("0x02")).rejects.toMatchObject({ code: "wrong_chain" });
      expect(new Set(server.methods)).toEqual(new Set(["eth_chainId"]));
    },
  );
});

test("other code, or none, at the pinned address is a wrong contract; balances can still be read", async () => {
  const pins = [
    { address: LOCAL_CONTRACTS.stateChannels, codeHash: `0x${"00".repeat(32)}`, deployBlock: 0 },
    { address: LOCAL_CONTRACTS.dollar, codeHash: local.codeHash, deployBlock: 0 },
    { address: "0x00000000000000000000000000000000000000A1", deployBlock: 0 },
  ] as const;
  for (const stateChannels of pins) {
    const chain = createChain({ ...network(), stateChannels }, IMPATIENT);
    await expect(chain.check()).rejects.toMatchObject({ code: "wrong_contract" });
    await expect(chain.prepare(deposit(), alice())).rejects.toMatchObject({ code: "wrong_contract" });
    await expect(chain.channelStates([])).rejects.toMatchObject({ code: "wrong_contract" });
    expect(await chain.nativeBalance(alice())).toBeGreaterThan(0n);
  }
});

test("a network without a channel contract says so", async () => {
  const { stateChannels: _none, ...bare } = network();
  const chain = createChain(bare, IMPATIENT);
  await expect(chain.prepare(deposit(), alice())).rejects.toMatchObject({ code: "wrong_contract" });
  await expect(chain.findChannels([alice()], { fromBlock: 0n })).rejects.toMatchObject({ code: "wrong_contract" });
});

test("the next server is asked when the first is dead or of another chain", async () => {
  await withServer(
    { answer: ({ method }) => (method === "eth_chainId" ? { result: "0x1" } : undefined) },
    async ({ url }) => {
      const chain = createChain({ ...network(), rpcUrls: [await deadUrl(), url, local.rpcUrl] }, IMPATIENT);
      const call = deposit();
      await perform(chain, call);
      const id = channelId({ chainId: local.chainId, address: local.stateChannels }, call.channel);
      expect((await chain.channelStates([id])).channels).toMatchObject([{ status: "open", deposit: 5n }]);
    },
  );
});

test("when all servers fail, a lie is reported rather than a silence", async () => {
  await withServer(
    { answer: ({ method }) => (method === "eth_chainId" ? { result: "0x1" } : undefined) },
    async ({ url }) => {
      const chain = createChain({ ...network(), rpcUrls: [url, await deadUrl()] }, IMPATIENT);
      await expect(chain.check()).rejects.toMatchObject({ code: "wrong_chain" });
    },
  );
});

test("a reading everywhere asks every server that answers, so that none is its own second witness", async () => {
  const lie = { answer: ({ method }: { method: string }) => (method === "eth_call" ? { result: OPEN } : undefined) };
  await withServer({}, async (honest) => {
    await withServer(lie, async (liar) => {
      const statuses = async (rpcUrls: readonly string[]) => {
        const readings = await createChain({ ...network(), rpcUrls }, IMPATIENT).channelStatesEverywhere([NO_CHANNEL]);
        return readings.map(({ channels: [state] }) => state?.status);
      };
      const dead = await deadUrl();
      expect(await statuses([honest.url, liar.url])).toEqual(["none", "open"]);
      expect(await statuses([liar.url, dead, honest.url])).toEqual(["open", "none"]);
      expect(await statuses([dead, liar.url])).toEqual(["open"]);
      await expect(statuses([dead])).rejects.toMatchObject({ code: "unreachable" });
      await expect(statuses([])).rejects.toMatchObject({ code: "unreachable" });
    });
  });
  await withServer(
    { answer: ({ method }) => (method === "eth_chainId" ? { result: "0x1" } : undefined) },
    async ({ url }) => {
      const chain = createChain({ ...network(), rpcUrls: [await deadUrl(), url, await deadUrl()] }, IMPATIENT);
      await expect(chain.channelStatesEverywhere([NO_CHANNEL])).rejects.toMatchObject({ code: "wrong_chain" });
    },
  );
});

test("the second server is asked nothing while the first one answers", async () => {
  await withServer({}, async (second) => {
    const chain = createChain({ ...network(), rpcUrls: [local.rpcUrl, second.url] }, IMPATIENT);
    await chain.check();
    await chain.channelStates([NO_CHANNEL]);
    await perform(chain, deposit());
    expect(second.methods).toEqual([]);
  });
});

test("a server that was down is asked again, and what passed is not", async () => {
  let down = true;
  const answer: Meddling["answer"] = () => (down ? { error: { code: -32603, message: "down" } } : undefined);
  await withServer({ answer }, async ({ chain, methods }) => {
    await expect(chain.check()).rejects.toMatchObject({ code: "refused" });
    down = false;
    await chain.check();
    const asked = methods.length;
    await chain.check();
    expect(methods.length).toBe(asked);
  });
});

test("a fee beyond reason is not prepared", async () => {
  const change: Meddling["change"] = ({ method }, result) =>
    method === "eth_getBlockByNumber" ? { ...(result as object), baseFeePerGas: "0x5af3107a4000" } : result;
  await withServer({ change }, async ({ chain }) => {
    await expect(chain.prepare(deposit(), alice())).rejects.toMatchObject({ code: "bad_answer" });
  });
});

test("a fee on L1, where the chain tells one, is part of what is needed", async () => {
  const plain = await createChain(network(), IMPATIENT).prepare(deposit(), alice());
  const fee = 1_000_000_000_000n;
  const change: Meddling["change"] = ({ method, params }, result) => {
    const to = (params[0] as { to?: string } | undefined)?.to?.toLowerCase();
    const isOracle = method === "eth_call" && to === "0x420000000000000000000000000000000000000f";
    return isOracle ? `0x${fee.toString(16).padStart(64, "0")}` : result;
  };
  await withServer({ change }, async ({ chain }) => {
    const { need } = await chain.prepare(deposit(), alice());
    const spread = need - plain.need;
    expect(spread).toBeGreaterThan(fee);
    expect(spread).toBeLessThan(2n * fee);
  });
});

test("states that cannot be are not believed", async () => {
  const impossible = [
    // One state with more settled than deposited; then one with a status that does not exist; then none at all.
    `0x${word(32n)}${word(1n)}${word(1n)}${word(2n)}${word(0n)}${word(0n)}${word(1n)}`,
    `0x${word(32n)}${word(1n)}${word(1n)}${word(1n)}${word(0n)}${word(0n)}${word(9n)}`,
    `0x${word(32n)}${word(0n)}`,
    "0x",
  ];
  for (const result of impossible) {
    const answer: Meddling["answer"] = ({ method }) => (method === "eth_call" ? { result } : undefined);
    await withServer({ answer }, async ({ chain }) => {
      const reading = chain.channelStates([`0x${"11".repeat(32)}`]);
      await expect(reading).rejects.toMatchObject({ code: "bad_answer" });
    });
  }
});

test("an answer of the wrong shape is not believed", async () => {
  for (const result of ["yes", {}, null]) {
    const answer: Meddling["answer"] = ({ method }) => (method === "eth_getBalance" ? { result } : undefined);
    await withServer({ answer }, async ({ chain }) => {
      const error = await chain.nativeBalance(alice()).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ChainError);
    });
  }
});

test("an answer above 8 MiB is not read, whatever it says", async () => {
  const padded = (mebibytes: number) => `0x${"0".repeat(mebibytes * 1024 * 1024)}7`;
  let result = padded(7);
  const answer: Meddling["answer"] = ({ method }) => (method === "eth_getBalance" ? { result } : undefined);
  await withServer({ answer }, async ({ chain }) => {
    expect(await chain.nativeBalance(alice())).toBe(7n);
    result = padded(8);
    await expect(chain.nativeBalance(alice())).rejects.toMatchObject({ code: "bad_answer" });
  });
});

test("a receipt of another transaction confirms nothing", async () => {
  const call = deposit();
  const hash = await perform(createChain(network(), IMPATIENT), call);
  const change: Meddling["change"] = ({ method }, result) =>
    method === "eth_getTransactionReceipt" ? { ...(result as object), transactionHash: hash } : result;
  const other = await perform(createChain(network(), IMPATIENT), { ...call, amount: 6n });
  await withServer({ change }, async ({ chain }) => {
    await expect(chain.waitForReceipt(other, { timeoutMs: 0 })).rejects.toMatchObject({ code: "bad_answer" });
  });
});
