/** A node that can be made to answer wrongly: a real server between a provider and the local chain. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stateChannelsAbi } from "@tollpass/protocol";
import { decodeFunctionResult, encodeFunctionResult, type Hex, numberToHex, toFunctionSelector } from "viem";
import { type LocalChain, localNetwork } from "../../demo/chain/index.ts";

const CHANNEL_STATES = toFunctionSelector("channelStates(bytes32[])");
const STATUS = { none: 0, open: 1, exiting: 2, closing: 3, closed: 4 } as const;

/** What a node says wrongly: of all channels, and how many blocks its newest one is ahead of the true one. */
export interface Lie {
  readonly status?: keyof typeof STATUS;
  readonly settled?: bigint;
  readonly deposit?: bigint;
  readonly blocks?: bigint;
}

interface Rpc {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown[];
}
interface Call {
  readonly data?: Hex;
  readonly input?: Hex;
}

export async function wrongNode(chain: LocalChain) {
  let lie: Lie = {};

  function changed({ method, params }: Rpc, result: unknown): unknown {
    const { blocks = 0n, status, ...totals } = lie;
    if (method === "eth_getBlockByNumber" && blocks !== 0n) {
      const block = result as { readonly number: Hex };
      return { ...block, number: numberToHex(BigInt(block.number) + blocks) };
    }
    const call = method === "eth_call" ? (params?.[0] as Call) : undefined;
    if (!(call?.data ?? call?.input)?.startsWith(CHANNEL_STATES)) return result;
    const of = { abi: stateChannelsAbi, functionName: "channelStates" } as const;
    const states = decodeFunctionResult({ ...of, data: result as Hex });
    const told = states.map((state) => ({ ...state, ...totals, ...(status && { status: STATUS[status] }) }));
    return encodeFunctionResult({ ...of, result: told });
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const rpc = JSON.parse(Buffer.concat(chunks).toString()) as Rpc;
    // A block that does not exist is read from the newest that does.
    const asked = rpc.method === "eth_call" && lie.blocks ? { ...rpc, params: [rpc.params?.[0], "latest"] } : rpc;
    const answer = await fetch(chain.rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asked),
    });
    const reply = (await answer.json()) as { readonly result?: unknown };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify("result" in reply ? { ...reply, result: changed(rpc, reply.result) } : reply));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    network: { ...localNetwork(chain), rpcUrls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`] },
    /** From now on; nothing given: the truth. */
    says(next: Lie): void {
      lie = next;
    },
    close(): Promise<void> {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
