/** The provider's view of the chain: the channel contract's state, and transactions sent with the relay key. */
import { type Network, stateChannelsAbi, tokenAbi } from "@tollpass/protocol";
import {
  type Account,
  type Address,
  BaseError,
  type ContractFunctionArgs,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  fallback,
  type Hex,
  http,
  type Log,
  parseEventLogs,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** What the contract stores of a channel. Amounts in atomic units, `exitAt` in seconds since 1970. */
export interface OnChain {
  readonly deposit: bigint;
  readonly settled: bigint;
  readonly exitAt: number;
  readonly refundNonce: number;
  readonly status: "none" | "open" | "exiting" | "closing" | "closed";
}

/** A close by the payee alone. Amounts in atomic units, `deadline` in seconds since 1970. */
export interface PendingClose {
  readonly amount: bigint;
  readonly headroom: bigint;
  readonly deadline: number;
}

/** A block that was read from: its number, and its time in seconds since 1970. */
export interface BlockRef {
  readonly number: bigint;
  readonly timestamp: number;
}

const STATUS = ["none", "open", "exiting", "closing", "closed"] as const;

type WriteName =
  | "depositWithAuthorization"
  | "claim"
  | "refund"
  | "closeCooperative"
  | "startClose"
  | "requestExitWithSignature"
  | "exit"
  | "challenge"
  | "finalizeClose";
/** A call of the channel contract that moves something. */
export type Call = {
  [N in WriteName]: {
    readonly functionName: N;
    readonly args: ContractFunctionArgs<typeof stateChannelsAbi, "nonpayable", N>;
  };
}[WriteName];

export interface Mined {
  readonly hash: Hex;
  readonly logs: Log[];
}

/**
 * The contract said no. `reason` is its error's name; no state was changed. With `hash` it said so on the chain, so what
 * was sent is public; without, in a simulation, and nothing went out.
 */
export class Reverted extends Error {
  readonly reason: string;
  readonly hash: Hex | undefined;
  constructor(reason: string, cause?: unknown, hash?: Hex) {
    super(`the channel contract refused: ${reason}`, { cause });
    this.reason = reason;
    this.hash = hash;
  }
}

/** The chain did not answer, or not in time. Whether a transaction went out is not known unless `hash` is given. */
export class ChainUnavailable extends Error {
  readonly hash: Hex | undefined;
  constructor(cause: unknown, hash?: Hex) {
    super("the chain does not answer", { cause });
    this.hash = hash;
  }
}

export interface ChainAccess {
  /** Address that pays for gas, if there is one. */
  readonly relay: Address | undefined;
  /** States of these channels, in order, all as of one confirmed block. Rejects with ChainUnavailable. */
  states(ids: readonly Hex[]): Promise<{ readonly block: BlockRef; readonly channels: OnChain[] }>;
  /** The closes by their payees of these closing channels, in order, as of that block. Rejects with ChainUnavailable. */
  closes(ids: readonly Hex[], block: BlockRef): Promise<readonly PendingClose[]>;
  /** Whether this EIP-3009 authorization was used. */
  authorizationUsed(token: Address, payer: Address, nonce: Hex): Promise<boolean>;
  /** Whether the channel contract is there. */
  deployed(): Promise<boolean>;
  /** Seconds since 1970 on the chain's clock. */
  now(): Promise<number>;
  gasLimitOfBlock(): Promise<bigint>;
  /** Rejects with Reverted if the call would fail now. */
  simulate(call: Call): Promise<void>;
  estimateGas(call: Call): Promise<bigint>;
  /** Simulates, sends and waits until it is confirmed. Rejects with Reverted or ChainUnavailable. */
  send(call: Call): Promise<Mined>;
  /** Wei of the relay account, and what one deposit costs at the present gas price. */
  gas(): Promise<{ readonly balance: bigint; readonly perDeposit: bigint }>;
  encode(call: Call): Hex;
}

/** Events of the channel contract in these logs. */
export const channelEvents = (logs: Log[]) => parseEventLogs({ abi: stateChannelsAbi, logs });

const DEPOSIT_GAS = 120_000n;
const PLACEHOLDER: Address = "0x000000000000000000000000000000000000dEaD";

function translate(cause: unknown): Reverted | ChainUnavailable {
  if (cause instanceof Reverted || cause instanceof ChainUnavailable) return cause;
  if (cause instanceof BaseError) {
    const revert = cause.walk((error) => error instanceof ContractFunctionRevertedError);
    if (revert instanceof ContractFunctionRevertedError) {
      return new Reverted(revert.data?.errorName ?? revert.reason ?? revert.signature ?? "without a reason", cause);
    }
  }
  return new ChainUnavailable(cause);
}

/** Sends of one account go out one after the other, whoever asks, so that no two take the same nonce. */
const queues = new Map<string, Promise<unknown>>();
function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(key) ?? Promise.resolve()).then(work);
  queues.set(
    key,
    turn.catch(() => undefined),
  );
  return turn;
}

/** Connects lazily: nothing is asked before the first call, so a dead endpoint does not stop the server's start. */
export function chainAccess(options: {
  readonly network: Network;
  readonly rpcUrls: readonly string[];
  readonly contract: Address;
  readonly relayKey: Hex | undefined;
  /** Wei that the gas of one transaction may cost by what the server says; above it nothing is sent. */
  readonly maxFee?: bigint;
}): ChainAccess {
  const { network, contract } = options;
  const chain = defineChain({
    id: network.chainId,
    name: network.name,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [...options.rpcUrls] } },
  });
  const transport = fallback(options.rpcUrls.map((url) => http(url, { timeout: 10_000, retryCount: 1 })));
  const client = createPublicClient({ chain, transport, pollingInterval: 250, cacheTime: 0 });
  const account: Account | undefined = options.relayKey && privateKeyToAccount(options.relayKey);
  const wallet = account && createWalletClient({ account, chain, transport });
  const target = { address: contract, abi: stateChannelsAbi } as const;
  const encode = ({ functionName, args }: Call): Hex =>
    encodeFunctionData({ abi: stateChannelsAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0]);

  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (cause) {
      throw translate(cause);
    }
  }
  /** The newest block in which things count as confirmed. */
  async function confirmedBlock(): Promise<BlockRef> {
    const head = await client.getBlock();
    const depth = BigInt(Math.max(network.confirmations, 1) - 1);
    if (depth === 0n) return { number: head.number, timestamp: Number(head.timestamp) };
    const number = head.number > depth ? head.number - depth : 0n;
    const { timestamp } = await client.getBlock({ blockNumber: number });
    return { number, timestamp: Number(timestamp) };
  }
  async function simulate({ functionName, args }: Call): Promise<void> {
    await ask(() =>
      client.simulateContract({ ...target, functionName, args, account: account ?? PLACEHOLDER } as Parameters<
        typeof client.simulateContract
      >[0]),
    );
  }
  const queue = `${network.chainId}:${account?.address}`;

  return {
    relay: account?.address,
    encode,
    simulate,
    states: (ids) =>
      ask(async () => {
        const block = await confirmedBlock();
        const found = await client.readContract({
          ...target,
          functionName: "channelStates",
          args: [ids],
          blockNumber: block.number,
        });
        const channels = found.map(({ deposit, settled, exitAt, refundNonce, status: code }) => {
          const status = STATUS[code];
          if (!status || settled > deposit) throw new ChainUnavailable(new Error("an answer that no contract gives"));
          return { deposit, settled, exitAt, refundNonce, status };
        });
        if (channels.length !== ids.length) throw new ChainUnavailable(new Error("an answer to another question"));
        return { block, channels };
      }),
    closes: (ids, block) =>
      ask(async () => {
        const closes = await client.readContract({
          ...target,
          functionName: "pendingCloses",
          args: [ids],
          blockNumber: block.number,
        });
        if (closes.length !== ids.length) throw new ChainUnavailable(new Error("an answer to another question"));
        return closes;
      }),
    authorizationUsed: (token, payer, nonce) =>
      ask(() =>
        client.readContract({
          address: token,
          abi: tokenAbi,
          functionName: "authorizationState",
          args: [payer, nonce],
        }),
      ),
    deployed: () => ask(async () => ((await client.getCode({ address: contract })) ?? "0x") !== "0x"),
    now: () => ask(async () => Number((await client.getBlock()).timestamp)),
    gasLimitOfBlock: () => ask(async () => (await client.getBlock()).gasLimit),
    estimateGas: (call) =>
      ask(() => client.estimateGas({ account: account ?? PLACEHOLDER, to: contract, data: encode(call) })),
    gas: () =>
      ask(async () => {
        if (!account) return { balance: 0n, perDeposit: 0n };
        const [balance, price] = await Promise.all([
          client.getBalance({ address: account.address }),
          client.getGasPrice(),
        ]);
        return { balance, perDeposit: DEPOSIT_GAS * price };
      }),
    async send(call) {
      if (!wallet || !account) throw new ChainUnavailable(new Error("no relay key is configured"));
      await simulate(call);
      const hash = await inTurn(queue, () =>
        ask(async () => {
          const nonce = await client.getTransactionCount({ address: account.address, blockTag: "pending" });
          const request = await wallet.prepareTransactionRequest({ to: contract, data: encode(call), nonce });
          const fee = request.gas * (request.maxFeePerGas ?? request.gasPrice ?? 0n);
          if (options.maxFee !== undefined && fee > options.maxFee) {
            throw new ChainUnavailable(new Error("it names a fee beyond all measure"));
          }
          return wallet.sendTransaction(request);
        }),
      );
      try {
        const receipt = await client.waitForTransactionReceipt({
          hash,
          confirmations: network.confirmations,
          timeout: 60_000,
        });
        if (receipt.status !== "success") throw new Reverted("it was reverted on the chain", undefined, hash);
        return { hash, logs: receipt.logs };
      } catch (cause) {
        throw cause instanceof Reverted ? cause : new ChainUnavailable(cause, hash);
      }
    },
  };
}
