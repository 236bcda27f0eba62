/** The networks that this build pays on. A build for the local chain also takes its record from its own storage. */
import { NETWORKS, type Network } from "@tollpass/protocol";
import { type Address, encodeFunctionData, parseAbi } from "viem";
import { browser } from "wxt/browser";

/** Where tests and the demo put the record of their chain. */
const KEY = "localNetwork";
const LOCAL = import.meta.env.TOLLPASS_LOCAL;

export interface Networks {
  all(): readonly Network[];
  /** The network whose money the wallet shows, and the only one that is paid on. */
  home(): Network;
}

export async function loadNetworks(changed: () => void): Promise<Networks> {
  const [first] = NETWORKS;
  if (!first) throw new RangeError("the registry holds no network");
  let local: Network | undefined;
  if (LOCAL) {
    let heard = false;
    // Listening comes before reading: a record that is written in between must not be missed.
    browser.storage.local.onChanged.addListener((changes) => {
      const change = changes[KEY];
      if (!change) return;
      heard = true;
      local = change.newValue as Network | undefined;
      changed();
    });
    const stored = (await browser.storage.local.get(KEY))[KEY] as Network | undefined;
    if (!heard) local = stored;
  }
  return {
    all: () => (local ? [local, ...NETWORKS] : NETWORKS),
    home: () => local ?? first,
  };
}

/** Test dollars on a local chain, minted by its unlocked development account. */
export const faucet = LOCAL
  ? async (network: Network, address: Address): Promise<void> => {
      const [token] = network.tokens;
      const [url] = network.rpcUrls;
      if (!token || !url) throw new RangeError("the local network has no token");
      const data = encodeFunctionData({
        abi: parseAbi(["function mint(address to, uint256 value)"]),
        args: [address, 20n * 10n ** BigInt(token.decimals)],
      });
      const [from] = (await rpc(url, "eth_accounts", [])) as Address[];
      await rpc(url, "eth_sendTransaction", [{ from, to: token.address, data }]);
    }
  : undefined;

async function rpc(url: string, method: string, params: unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error) throw new Error(answer.error.message);
  return answer.result;
}
