// In which block a contract was put on its chain, where a search for its events begins. Asked of the chain alone: the
// deterministic deployer leaves no event.
import { BaseError, type PublicClient } from "viem";
import { DEPLOYER, deploymentData } from "./create2.ts";
import type { Target } from "./deploy.ts";

/**
 * The block in which a target that stands on the chain was deployed; undefined where the server does not show it. A block
 * is believed only with the deploying transaction in it, since a server that has forgotten old states may show the
 * address empty for longer than it was, and a block that is too late would hide channels. Asks about 25 states at
 * blocks since the chain began, which a server with old states alone has.
 */
export async function findDeployBlock(
  client: PublicClient,
  { address, bytecode }: Pick<Target, "address" | "bytecode">,
): Promise<bigint | undefined> {
  const standsAt = async (blockNumber: bigint) => Boolean(await client.getCode({ address, blockNumber }));
  const data = deploymentData(bytecode);
  try {
    let first = 0n;
    let last = await client.getBlockNumber();
    // Throughout, the code stands at `last`, or nowhere in what the server shows.
    while (first < last) {
      const middle = (first + last) / 2n;
      if (await standsAt(middle)) last = middle;
      else first = middle + 1n;
    }
    const { transactions } = await client.getBlock({ blockNumber: last, includeTransactions: true });
    const deploys = transactions.some(
      ({ to, input }) => to?.toLowerCase() === DEPLOYER.toLowerCase() && input === data,
    );
    return deploys ? last : undefined;
  } catch (error) {
    if (error instanceof BaseError) return undefined;
    throw error;
  }
}
