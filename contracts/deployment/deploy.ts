// The steps by which StateChannels gets onto a chain, each of which looks before it sends. Knows no files, no environment
// and no screen.
import {
  type Account,
  type Address,
  BaseError,
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  formatEther,
  type Hex,
  http,
  keccak256,
  type PublicClient,
} from "viem";
import { DEPLOYER, DEPLOYER_CODE, deploymentData, PRESIGNED, PRESIGNED_COST, PRESIGNED_SENDER } from "./create2.ts";

/** What stopped a deployment, in words for the person who runs it. Nothing was sent unless the message says so. */
export class DeploymentError extends Error {}

/** What is to be deployed: creation code, and where and as what it has to stand afterwards. */
export interface Target {
  readonly bytecode: Hex;
  readonly address: Address;
  readonly codeHash: Hex;
}

export interface Situation {
  /** - `other`: code that is not the target's, which CREATE2 makes impossible unless the target is wrong. */
  readonly contract: "absent" | "deployed" | "other";
  readonly deployer: boolean;
  /** Gas of the deployment, the most that it costs in wei at today's price, deployer included where it is absent. */
  readonly gas: bigint;
  readonly cost: bigint;
}

/** Without the deployer nothing can be estimated: 200 gas per byte of code, and room for the rest. */
const GAS_WITHOUT_DEPLOYER = 5_000_000n;

/** Resolves to a client that speaks for this chain. Throws DeploymentError. */
export async function connect(
  rpcUrl: string,
  chainId: number,
  name: string,
): Promise<PublicClient<ReturnType<typeof http>, Chain>> {
  const chain = defineChain({
    id: chainId,
    name,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const client = createPublicClient({
    chain,
    transport: http(rpcUrl, { timeout: 20_000, retryCount: 1 }),
    cacheTime: 0,
  });
  const spoken = await client.getChainId().catch((cause: unknown) => {
    throw new DeploymentError(`The RPC server ${rpcUrl} does not answer (${reasonOf(cause)}). Try another with --rpc.`);
  });
  if (spoken !== chainId) {
    throw new DeploymentError(`The RPC server ${rpcUrl} speaks for chain ${spoken}, and ${name} is chain ${chainId}.`);
  }
  return client;
}
type Client = Awaited<ReturnType<typeof connect>>;

const reasonOf = (cause: unknown): string => (cause instanceof BaseError ? cause.shortMessage : String(cause));

/** What is on the chain now, and what a deployment would take. Sends nothing. */
export async function look(client: Client, { bytecode, address, codeHash }: Target): Promise<Situation> {
  const [code, deployerCode, { maxFeePerGas }] = await Promise.all([
    client.getCode({ address }),
    client.getCode({ address: DEPLOYER }),
    client.estimateFeesPerGas(),
  ]);
  if (code) {
    const contract = keccak256(code) === codeHash ? "deployed" : "other";
    return { contract, deployer: true, gas: 0n, cost: 0n };
  }
  const deployer = deployerCode === DEPLOYER_CODE;
  const gas = deployer
    ? await client.estimateGas({ to: DEPLOYER, data: deploymentData(bytecode) })
    : GAS_WITHOUT_DEPLOYER;
  return { contract: "absent", deployer, gas, cost: gas * maxFeePerGas + (deployer ? 0n : PRESIGNED_COST) };
}

/** Puts the deployer on a chain that lacks it: `fund` brings its sender to that balance (wei), then it is sent. */
export async function placeDeployer(
  client: Client,
  fund: (sender: Address, missing: bigint) => Promise<unknown>,
): Promise<void> {
  const has = await client.getBalance({ address: PRESIGNED_SENDER });
  if (has < PRESIGNED_COST) await fund(PRESIGNED_SENDER, PRESIGNED_COST - has);
  const hash = await client.sendRawTransaction({ serializedTransaction: PRESIGNED }).catch((cause: unknown) => {
    throw new DeploymentError(
      `This chain does not take the transaction that puts the deterministic deployer on it (${reasonOf(cause)}). The contract cannot have its address here.`,
    );
  });
  await client.waitForTransactionReceipt({ hash });
}

export interface Sent {
  readonly transaction: Hex;
  readonly block: bigint;
  readonly gasUsed: bigint;
  /** Wei that the deployment itself cost. */
  readonly feePaid: bigint;
}

/**
 * Deploys with the account's gas and checks what then stands on the chain. Throws DeploymentError; before anything is
 * sent if the account is short of gas.
 */
export async function deploy(client: Client, account: Account, target: Target, now: Situation): Promise<Sent> {
  const { chain } = client;
  const balance = await client.getBalance({ address: account.address });
  if (balance < now.cost) {
    throw new DeploymentError(
      `${account.address} has ${formatEther(balance)} ETH on ${chain.name}, and up to ${formatEther(now.cost)} ETH is needed for gas. Send it some and try again.`,
    );
  }
  const wallet = createWalletClient({ account, chain, transport: http(chain.rpcUrls.default.http[0]) });
  const mined = async (hash: Hex) => {
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new DeploymentError(`The transaction ${hash} was reverted.`);
    return receipt;
  };
  if (!now.deployer) {
    await placeDeployer(client, async (to, value) => mined(await wallet.sendTransaction({ to, value })));
  }
  const { transactionHash, blockNumber, gasUsed, effectiveGasPrice } = await mined(
    await wallet.sendTransaction({ to: DEPLOYER, data: deploymentData(target.bytecode) }),
  );
  const code = await client.getCode({ address: target.address, blockNumber });
  if (!code || keccak256(code) !== target.codeHash) {
    throw new DeploymentError(`The transaction ${transactionHash} was mined, but ${target.address} has other code.`);
  }
  return { transaction: transactionHash, block: blockNumber, gasUsed, feePaid: gasUsed * effectiveGasPrice };
}
