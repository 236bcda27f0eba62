/** The deployment command against real local chains: what it says, what it sends and what it refuses. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NETWORKS, type Network } from "@tollpass/protocol";
import {
  createPublicClient,
  getContractAddress,
  type Hex,
  http,
  keccak256,
  recoverTransactionAddress,
  toHex,
} from "viem";
import { generatePrivateKey } from "viem/accounts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DEV_ACCOUNTS, localNetwork, startBareChain, startChain } from "#demo/chain/index.ts";
import { deployCommand } from "../contracts/deployment/command.ts";
import {
  addressOf,
  DEPLOYER,
  DEPLOYER_CODE,
  PRESIGNED,
  PRESIGNED_COST,
  PRESIGNED_SENDER,
  STATE_CHANNELS,
} from "../contracts/deployment/create2.ts";
import { DeploymentError } from "../contracts/deployment/deploy.ts";
import { type Compiled, compileStateChannels } from "../contracts/deployment/source.ts";
import { stateChannelsBytecode, stateChannelsDeployedBytecode } from "../contracts/generated/stateChannels.gen.ts";
import { between } from "../lib/chain/testing.ts";

const LOCAL = "eip155:31337";
const KEY = toHex(DEV_ACCOUNTS.deployer.getHdKey().privateKey ?? new Uint8Array());

const execute = promisify(execFile);

let compiled: Compiled;
// The compiler takes its time, and more where others work too.
beforeAll(() => {
  compiled = compileStateChannels();
}, 120_000);

/** A whole pin, as a chain's file has it. */
const pinWith = (deployBlock: string): string => `  stateChannels: {
    address: "${STATE_CHANNELS.address}",
    codeHash: "${STATE_CHANNELS.codeHash}",
${deployBlock}  },
`;

/** What the command writes, or rejects with. */
async function output(args: readonly string[], key?: string, networks: readonly Network[] = NETWORKS): Promise<string> {
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  await deployCommand(args, { env: { DEPLOYER_KEY: key }, write, compile: () => compiled, networks });
  return text;
}

describe("the code", () => {
  test("is the same from two compilations: by the build of the tests, and by the bare compiler from the source alone", () => {
    expect(compiled.bytecode).toBe(stateChannelsBytecode);
    expect(compiled.deployedBytecode).toBe(stateChannelsDeployedBytecode);
    expect(keccak256(compiled.deployedBytecode)).toBe(STATE_CHANNELS.codeHash);
  });

  test("carries no metadata, so that neither comments nor file names are part of it", () => {
    // "solc" and "ipfs" in CBOR, as every contract with metadata ends.
    expect(compiled.deployedBytecode).not.toMatch(/64736f6c63|6469706673/);
  });

  test("has its address from nothing but itself and the deployer, whose own address follows from a signature without a key", async () => {
    expect(addressOf(compiled.bytecode)).toBe(STATE_CHANNELS.address);
    const serializedTransaction = PRESIGNED as Parameters<typeof recoverTransactionAddress>[0]["serializedTransaction"];
    const sender = await recoverTransactionAddress({ serializedTransaction });
    expect(sender).toBe(PRESIGNED_SENDER);
    expect(getContractAddress({ from: sender, nonce: 0n })).toBe(DEPLOYER);
  });
});

describe("on an empty chain", () => {
  let chain: Awaited<ReturnType<typeof startBareChain>>;
  beforeAll(async () => {
    chain = await startBareChain();
  });
  afterAll(() => chain.close());
  const to = (...more: string[]) => ["--network", LOCAL, "--rpc", chain.rpcUrl, ...more];

  test("a dry run prints address and code hash, and sends nothing", async () => {
    const text = await output(to(), KEY);
    expect(text).toContain(`Address     ${STATE_CHANNELS.address}`);
    expect(text).toContain(`Code hash   ${STATE_CHANNELS.codeHash}`);
    expect(text).toContain("not deployed, and the deterministic deployer is not on this chain either");
    expect(text).toContain("Nothing was sent.");
    expect(await chain.client.getBlockNumber()).toBe(0n);
  });

  test("nothing is sent without a key, or with one whose account cannot pay the gas", async () => {
    await expect(output(to("--send"))).rejects.toThrow("DEPLOYER_KEY");
    await expect(output(to("--send"), "0x12")).rejects.toThrow("64 hexadecimal digits");
    await expect(output(to("--send"), generatePrivateKey())).rejects.toThrow(/has 0 ETH on .* is needed for gas/);
    expect(await chain.client.getBlockNumber()).toBe(0n);
  });

  test("nothing is sent if the source is not the code that was generated from it", async () => {
    const surroundings = {
      env: { DEPLOYER_KEY: KEY },
      write: () => undefined,
      compile: () => ({ ...compiled, bytecode: `${compiled.bytecode}00` as const }),
      networks: NETWORKS,
    };
    await expect(deployCommand(to("--send"), surroundings)).rejects.toThrow("scripts/abi.ts");
    expect(await chain.client.getBlockNumber()).toBe(0n);
  });

  test("there is nothing to verify", async () => {
    await expect(output(to("--verify"))).rejects.toThrow(`Nothing stands at ${STATE_CHANNELS.address}`);
  });

  test("--send brings the deployer and the contract to their addresses; a second one sends nothing; --verify agrees", async () => {
    const text = await output(to("--send"), KEY);
    expect(text).toMatch(/Deployed {4}in block 3 by transaction 0x[0-9a-f]{64}/);
    expect(text).toContain(pinWith("    deployBlock: 3,\n"));
    expect(await chain.client.getCode({ address: DEPLOYER })).toBe(DEPLOYER_CODE);
    expect(await chain.client.getCode({ address: STATE_CHANNELS.address })).toBe(compiled.deployedBytecode);
    expect(await chain.client.getBalance({ address: PRESIGNED_SENDER })).toBeLessThan(PRESIGNED_COST);

    expect(await output(to("--send"), KEY)).toContain("deployed, with this code");
    expect(await chain.client.getBlockNumber()).toBe(3n);
    expect(await output(to("--verify"))).toContain(`chain 31337, ${STATE_CHANNELS.address}`);

    // However many blocks came since, the one of the deployment is found again. They are mined one by one, because the
    // local chain shows no code at blocks that it mines at once.
    for (let later = 0; later < 8; later++) await chain.client.mine({ blocks: 1 });
    expect(await output(to())).toContain(pinWith("    deployBlock: 3,\n"));
    expect(await output(to("--verify"))).toContain(pinWith("    deployBlock: 3,\n"));
  });
});

describe("on a chain that has the contract", () => {
  let chain: Awaited<ReturnType<typeof startChain>>;
  beforeAll(async () => {
    chain = await startChain();
  });
  afterAll(() => chain.close());

  test("the network record that is pinned there is that of the source, as in every file that pins one", () => {
    const pinned = [...NETWORKS, localNetwork(chain)].flatMap(({ stateChannels }) => stateChannels ?? []);
    expect(pinned.length).toBeGreaterThan(0);
    for (const pin of pinned) expect(pin).toMatchObject(STATE_CHANNELS);
  });

  test("a pin of its address and code is agreed with whatever block it names; one of other code gets a whole pin", async () => {
    const record = localNetwork(chain);
    const pinning = (stateChannels: NonNullable<Network["stateChannels"]>) => [{ ...record, stateChannels }];
    for (const how of [[], ["--verify"]]) {
      const args = ["--network", LOCAL, "--rpc", chain.rpcUrl, ...how];
      const agreed = await output(args, undefined, pinning({ ...STATE_CHANNELS, deployBlock: 7 }));
      expect(agreed).toContain("Wallet      pins this contract on Local chain, deployed in block 7");
      expect(agreed).not.toContain("stateChannels: {");
      const codeHash = keccak256("0x01");
      const other = await output(args, undefined, pinning({ ...STATE_CHANNELS, codeHash, deployBlock: 7 }));
      expect(other).toContain("does not pin it");
      expect(other).toMatch(/deployBlock: [1-9][0-9]*,/);
    }
  });

  test.each([
    ["refuses them", { error: { code: -32000, message: "missing trie node" } }],
    ["shows them empty", { result: "0x" }],
  ])(
    "where the server keeps no old states and %s, no block is made up and the way to it is told",
    async (_how, lost) => {
      const server = await between(chain, {
        answer: ({ method, params }) => (method === "eth_getCode" && params[1] !== "latest" ? lost : undefined),
      });
      try {
        const text = await output(["--network", LOCAL, "--rpc", server.url]);
        expect(text).toContain("deployed, with this code");
        expect(text).toContain(pinWith(""));
        expect(text).toContain("Add deployBlock");
      } finally {
        await server.close();
      }
    },
  );

  test("a server that has forgotten the state of the deployment alone names a later block, which is not believed", async () => {
    await chain.mine();
    const head = await createPublicClient({ transport: http(chain.rpcUrl) }).getBlockNumber();
    const server = await between(chain, {
      answer: ({ method, params: [, block] }) =>
        method === "eth_getCode" && block !== "latest" && BigInt(String(block)) < head ? { result: "0x" } : undefined,
    });
    try {
      expect(await output(["--network", LOCAL, "--rpc", server.url])).toContain(pinWith(""));
    } finally {
      await server.close();
    }
  });

  test("the command itself says so and ends well", async () => {
    const script = fileURLToPath(new URL("deploy.ts", import.meta.url));
    const { stdout } = await execute(process.execPath, [script, "--network", LOCAL, "--rpc", chain.rpcUrl]);
    expect(stdout).toContain("deployed, with this code");
  });
});

describe("code that differs in one byte", () => {
  let chain: Awaited<ReturnType<typeof startBareChain>>;
  afterEach(() => chain.close());

  test("is not verified, and cannot be replaced", async () => {
    chain = await startBareChain();
    const lastByte = compiled.deployedBytecode.endsWith("00") ? "01" : "00";
    const bytecode = compiled.deployedBytecode.replace(/..$/, lastByte) as Hex;
    await chain.client.setCode({ address: STATE_CHANNELS.address, bytecode });
    const args = ["--network", LOCAL, "--rpc", chain.rpcUrl];
    await expect(output([...args, "--verify"])).rejects.toThrow("is not that of the source");
    await expect(output([...args, "--send"], KEY)).rejects.toThrow("Nothing can be deployed at this address");
  });
});

describe("a wrong question", () => {
  test("about another chain than the RPC server speaks for is refused", async () => {
    const chain = await startBareChain();
    try {
      const asked = output(["--network", "base", "--rpc", chain.rpcUrl, "--send"], KEY);
      await expect(asked).rejects.toThrow("speaks for chain 31337, and Base is chain 8453");
    } finally {
      await chain.close();
    }
  });

  test("to a server that does not answer says so", async () => {
    const chain = await startBareChain();
    await chain.close();
    await expect(output(["--network", LOCAL, "--rpc", chain.rpcUrl])).rejects.toThrow(/does not answer .* --rpc/);
  });

  test.each([
    [[], "Which network?"],
    [["--network", "atlantis"], 'There is no network "atlantis"'],
    [["--network", "eip155:10"], "No RPC server is known"],
    [["--network", "base", "--sned"], "--sned"],
    [["--network", "base", "--send", "--verify"], "one at a time"],
  ])("%j is answered in words", async (args, words) => {
    const asked = output(args, KEY);
    await expect(asked).rejects.toThrow(DeploymentError);
    await expect(asked).rejects.toThrow(words);
  });
});
