/** The RPC servers of one network, each asked who it is before anything else, and the next one tried if one fails. */
import type { Network } from "@tollpass/protocol";
import { type Client, createClient, http, keccak256 } from "viem";
import { getChainId, getCode } from "viem/actions";
import { ChainError } from "./error.ts";
import { toChainError } from "./reasons.ts";

export interface EndpointOptions {
  readonly fetch?: typeof fetch;
  /** Longest wait for one answer in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** How often a failed request is repeated at the same server. Default 2. */
  readonly retries?: number;
}

export interface Endpoints {
  /** Runs `read` with a server that speaks for the network's chain. */
  ask<T>(read: (client: Client) => Promise<T>): Promise<T>;
  /** The same with a server that also shows the pinned code at the contract's address. */
  askContract<T>(read: (client: Client) => Promise<T>): Promise<T>;
  /** The same with every server at once: what each that answers says, in the order of the list, one at least. */
  askContractEverywhere<T>(read: (client: Client) => Promise<T>): Promise<T[]>;
}

/** Answers larger than this, in bytes, are not read. */
const MAX_ANSWER = 8 * 1024 * 1024;

/** Checks are made once per server and kept in memory; a failed one is made again at the next call. */
export function createEndpoints(network: Network, options: EndpointOptions = {}): Endpoints {
  const servers = network.rpcUrls.map((url) => {
    const client = createClient({
      cacheTime: 0,
      transport: http(url, {
        ...(options.fetch && { fetchFn: options.fetch }),
        fetchOptions: { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", redirect: "error" },
        timeout: options.timeoutMs ?? 10_000,
        retryCount: options.retries ?? 2,
        maxResponseBodySize: MAX_ANSWER,
      }),
    });
    return {
      client,
      requireChain: kept(async () => {
        if ((await getChainId(client)) !== network.chainId) throw new ChainError("wrong_chain");
      }),
      requireContract: kept(() => requireCode(client, network)),
    };
  });

  async function firstGood<T>(
    read: (client: Client) => Promise<T>,
    contract: boolean,
    among: typeof servers = servers,
  ): Promise<T> {
    let failure = new ChainError("unreachable");
    for (const server of among) {
      try {
        await server.requireChain();
        if (contract) await server.requireContract();
        return await read(server.client);
      } catch (cause) {
        const error = toChainError(cause);
        if (isAboutTheCall(error)) throw error;
        failure = moreTelling(failure, error);
      }
    }
    throw failure;
  }

  async function everyGood<T>(read: (client: Client) => Promise<T>): Promise<T[]> {
    const answers = await Promise.allSettled(servers.map((server) => firstGood(read, true, [server])));
    const given = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    if (given.length > 0) return given;
    throw answers
      .flatMap((answer) => (answer.status === "rejected" ? [toChainError(answer.reason)] : []))
      .reduce(moreTelling, new ChainError("unreachable"));
  }

  return {
    ask: (read) => firstGood(read, false),
    askContract: (read) => firstGood(read, true),
    askContractEverywhere: everyGood,
  };
}

/** A server that lies says more than one that is silent. */
function moreTelling(before: ChainError, after: ChainError): ChainError {
  return after.code === "unreachable" && before.code !== "unreachable" ? before : after;
}

/** Another server would say the same. */
function isAboutTheCall(error: ChainError): boolean {
  switch (error.code) {
    case "reverted":
    case "short_of_gas":
    case "timeout":
      return true;
    case "unreachable":
    case "refused":
    case "bad_answer":
    case "wrong_chain":
    case "wrong_contract":
      return false;
  }
}

async function requireCode(client: Client, network: Network): Promise<void> {
  const pinned = network.stateChannels;
  if (!pinned) throw new ChainError("wrong_contract");
  const code = await getCode(client, { address: pinned.address });
  if (!code || (pinned.codeHash && keccak256(code) !== pinned.codeHash)) throw new ChainError("wrong_contract");
}

/** Runs the check until it has passed once. */
function kept(check: () => Promise<void>): () => Promise<void> {
  let passed: Promise<void> | undefined;
  return () => {
    passed ??= check().catch((error: unknown) => {
      passed = undefined;
      throw error;
    });
    return passed;
  };
}
