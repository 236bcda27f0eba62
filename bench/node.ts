/** Clients without a browser: what the protocols themselves cost, beside each other on the same machine. */
import { type State, stateTypedData, verifySignature } from "@tollpass/protocol";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { type Hex, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { type LocalChain, localNetwork } from "#demo/chain/index.ts";
import { Payer } from "../provider/test/payer.ts";

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function get(url: string): Promise<void> {
  const response = await fetch(url);
  await response.text();
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
}

/** A client of the channel scheme, its channel open. Each call resolves to milliseconds. */
export interface ChannelClient {
  free(): Promise<number>;
  /** Asks, is told the price, pays, verifies the receipt. */
  paid(): Promise<number>;
  /** Pays without asking first. */
  paidAtOnce(): Promise<number>;
}

export async function openChannelClient(chain: LocalChain, origin: string): Promise<ChannelClient> {
  const contract = { chainId: chain.chainId, address: chain.stateChannels };
  const payer = new Payer(privateKeyToAccount(generatePrivateKey()), contract);
  await chain.mint(payer.account.address, 100_000_000n);
  let made = 0;
  const next = (kind: string) => {
    made += 1;
    return `${origin}/${kind}/node${made}`;
  };
  await payer.open(next("paid"), 50_000_000n);
  const bought = async ({ answer }: { answer: Response }) => {
    await answer.text();
    if (!answer.ok) throw new Error(`the payment was answered with ${answer.status}`);
  };
  return {
    free: () => timed(() => get(next("free"))),
    paid: () => timed(async () => bought(await payer.buy(next("paid")))),
    async paidAtOnce() {
      const url = next("paid");
      const asked = await payer.ask(url);
      return timed(async () => {
        const { header, nonce } = await payer.pay(asked);
        await bought(await payer.send(url, header, nonce));
      });
    },
  };
}

/** The reference client, paying with the `exact` scheme: one transfer on the chain for each request. */
export async function openExactClient(chain: LocalChain, url: string): Promise<() => Promise<number>> {
  const account = privateKeyToAccount(generatePrivateKey());
  await chain.mint(account.address, 100_000_000n);
  const { id } = localNetwork(chain);
  const pay = wrapFetchWithPaymentFromConfig(fetch, {
    // The test dollar is none of the assets that the client knows.
    spendControls: false,
    schemes: [{ network: id, client: new ExactEvmScheme(account) }],
  });
  return () =>
    timed(async () => {
      const response = await pay(url);
      await response.text();
      if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
    });
}

/** State signatures that this process verifies in a second, on one thread: no state is looked at twice. */
export async function verificationsPerSecond(chain: LocalChain, count: number): Promise<number> {
  const contract = { chainId: chain.chainId, address: chain.stateChannels };
  const signer = privateKeyToAccount(generatePrivateKey());
  const channelId: Hex = toHex(1n, { size: 32 });
  const signed = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const state: State = { channelId, nonce: BigInt(index + 1), owed: BigInt(index + 1), earned: 0n, credited: 0n };
      return { state, signature: await signer.signTypedData(stateTypedData(contract, state)) };
    }),
  );
  const taken = await timed(async () => {
    for (const { state, signature } of signed) {
      if (!(await verifySignature(stateTypedData(contract, state), signature, signer.address))) {
        throw new Error("a good signature was refused");
      }
    }
  });
  return (count * 1_000) / taken;
}
