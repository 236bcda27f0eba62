/** What the chain itself says: the test dollar's Transfer events, added up. */
import { type Address, createPublicClient, http, parseAbiItem } from "viem";
import type { LocalChain } from "#demo/chain/index.ts";

const TRANSFER = parseAbiItem("event Transfer(address indexed from, address indexed to, uint256 value)");

/** Atomic units that went from one account to another since the chain began, by Transfer events alone. */
export async function transferred(chain: LocalChain, from: Address, to: Address): Promise<bigint> {
  const client = createPublicClient({ chain: chain.viemChain, transport: http(chain.rpcUrl) });
  const logs = await client.getLogs({
    address: chain.dollar,
    event: TRANSFER,
    args: { from, to },
    fromBlock: 0n,
    strict: true,
  });
  return logs.reduce((sum, log) => sum + log.args.value, 0n);
}
