/** Starts a local chain inside this process, with the channel contract, the test dollar and Multicall3 on it. */
import {
  type Address,
  type Chain,
  type ContractFunctionArgs,
  createWalletClient,
  type Hex,
  http,
  keccak256,
} from "viem";
import { DEPLOYER, deploymentData, STATE_CHANNELS } from "../../contracts/deployment/create2.ts";
import { placeDeployer } from "../../contracts/deployment/deploy.ts";
import { stateChannelsBytecode } from "../../contracts/generated/stateChannels.gen.ts";
import { testDollarAbi, testDollarBytecode } from "../../contracts/generated/testDollar.gen.ts";
import { DEV_ACCOUNTS } from "./accounts.ts";
import { type LocalChainOptions, MULTICALL3, startBareChain } from "./bare.ts";
import { LOCAL_CHAIN_ID, LOCAL_CONTRACTS } from "./network.ts";

export interface LocalChain {
  /** JSON-RPC over HTTP (CORS: any origin). */
  readonly rpcUrl: string;
  readonly chainId: typeof LOCAL_CHAIN_ID;
  readonly stateChannels: Address;
  /** keccak256 of the channel contract's code on chain. */
  readonly codeHash: Hex;
  /** A 6-decimal dollar with EIP-3009, named like USDC. */
  readonly dollar: Address;
  readonly accounts: typeof DEV_ACCOUNTS;
  /** viem's description of this chain, for clients. */
  readonly viemChain: Chain;
  /** Makes `amount` atomic units of the test dollar for `to`; returns when it is mined. */
  mint(to: Address, amount: bigint): Promise<void>;
  /** Atomic units of the test dollar that `owner` has. */
  balanceOf(owner: Address): Promise<bigint>;
  /** Gives `to` that much ETH in wei, replacing what it had. */
  setGas(to: Address, wei: bigint): Promise<void>;
  /**
   * Moves the chain's clock forward and mines a block. From then on it runs ahead of the wall clock, and signatures
   * whose validity was reckoned from the wall clock expire: use a fresh chain for what travels in time.
   */
  advance(seconds: number): Promise<void>;
  /** With false, transactions wait in the pool until `mine` or until it is switched on again. */
  setAutomine(on: boolean): Promise<void>;
  mine(): Promise<void>;
  close(): Promise<void>;
}

async function multicall3Code(call: (data: Hex) => Promise<Hex | undefined>): Promise<Hex> {
  // viem carries the creation code but does not export it by name.
  const file = new URL("./constants/contracts.js", import.meta.resolve("viem")).href;
  const { multicall3Bytecode } = (await import(file)) as { multicall3Bytecode: Hex };
  // A call without a recipient runs the constructor and returns what it would have deployed.
  return (await call(multicall3Bytecode)) ?? "0x";
}

/** A chain with the same contracts at the same addresses at every start; nothing of it survives `close`. */
export async function startChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const { rpcUrl, viemChain, client: chain, close } = await startBareChain(options);
  const deployer = createWalletClient({
    account: DEV_ACCOUNTS.deployer,
    chain: viemChain,
    transport: http(rpcUrl),
  });
  const mined = async (hash: Hex) => {
    const receipt = await chain.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`transaction ${hash} was reverted`);
    return receipt;
  };
  await placeDeployer(chain, (address, missing) => chain.setBalance({ address, value: missing }));
  await mined(await deployer.sendTransaction({ to: DEPLOYER, data: deploymentData(stateChannelsBytecode) }));
  const { contractAddress } = await mined(await deployer.sendTransaction({ data: testDollarBytecode }));
  await chain.setCode({
    address: MULTICALL3,
    bytecode: await multicall3Code(async (data) => (await chain.call({ data })).data),
  });
  const code = await chain.getCode({ address: LOCAL_CONTRACTS.stateChannels });
  const inPlace = code && keccak256(code) === STATE_CHANNELS.codeHash;
  if (!inPlace || contractAddress?.toLowerCase() !== LOCAL_CONTRACTS.dollar.toLowerCase()) {
    throw new Error("the contracts are not in their places");
  }

  const faucet = createWalletClient({ account: DEV_ACCOUNTS.faucet, chain: viemChain, transport: http(rpcUrl) });
  // One mint at a time: each takes the faucet's next nonce.
  let minting: Promise<unknown> = Promise.resolve();
  const mint = async (args: ContractFunctionArgs<typeof testDollarAbi, "nonpayable", "mint">) => {
    await mined(
      await faucet.writeContract({ address: LOCAL_CONTRACTS.dollar, abi: testDollarAbi, functionName: "mint", args }),
    );
  };
  return {
    rpcUrl,
    chainId: LOCAL_CHAIN_ID,
    stateChannels: LOCAL_CONTRACTS.stateChannels,
    codeHash: STATE_CHANNELS.codeHash,
    dollar: LOCAL_CONTRACTS.dollar,
    accounts: DEV_ACCOUNTS,
    viemChain,
    mint(to, amount) {
      const done = minting.then(() => mint([to, amount]));
      minting = done.catch(() => undefined);
      return done;
    },
    balanceOf: (owner) =>
      chain.readContract({
        address: LOCAL_CONTRACTS.dollar,
        abi: testDollarAbi,
        functionName: "balanceOf",
        args: [owner],
      }),
    setGas: (to, wei) => chain.setBalance({ address: to, value: wei }),
    async advance(seconds) {
      await chain.increaseTime({ seconds });
      await chain.mine({ blocks: 1 });
    },
    setAutomine: (on) => chain.setAutomine(on),
    mine: () => chain.mine({ blocks: 1 }),
    close,
  };
}
