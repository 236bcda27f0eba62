// Where the stories play: a chain of their own whose clock they move, real shops on it with the real middleware, and
// readers. Balances are those that the chain reports.
import assert from "node:assert/strict";
import {
  type Channel,
  NATIVE,
  requestExitTypedData,
  stateChannelResponseExtraSchema,
  stateChannelsAbi,
} from "@tollpass/protocol";
import type { PaymentMiddleware, PaymentOptions, RouteTable, SignedReceipt } from "@tollpass/provider";
import {
  type Account,
  type Address,
  createTestClient,
  createWalletClient,
  erc20Abi,
  getContract,
  type Hex,
  http,
  publicActions,
} from "viem";
import { startChain } from "../../../demo/chain/index.ts";
import type { Bought, Payer } from "../../../provider/test/payer.ts";
import { newPayer, openShop, type Shop } from "../../../provider/test/shop.ts";

export const DAY = 24 * 3600;
/** What every page costs, in atomic units: one cent. */
export const PRICE = 10_000n;
/** What a reader has at first, and what it puts into the channel, in atomic units: two dollars and one. */
export const PURSE = 2_000_000n;
export const DEPOSIT = 1_000_000n;

/** The status of a channel as the contract names it. */
export const CLOSING = 3;
export const CLOSED = 4;

/** What the reader, the payee and the contract have, in atomic units. */
export type Balances = { readonly reader: bigint; readonly payee: bigint; readonly escrow: bigint };

export async function openStage() {
  const chain = await startChain();
  const transport = http(chain.rpcUrl);
  const client = createTestClient({
    chain: chain.viemChain,
    mode: "hardhat",
    transport,
    cacheTime: 0,
    pollingInterval: 5,
  }).extend(publicActions);
  const shops = new Set<Shop>();
  const { payee, bob: stranger } = chain.accounts;

  const sender = (account: Account) => createWalletClient({ account, chain: chain.viemChain, transport, cacheTime: 0 });
  const balanceOf = (owner: Address, token: Address) =>
    token === NATIVE
      ? client.getBalance({ address: owner })
      : client.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [owner] });

  return {
    chain,
    client,
    payee,
    stranger,

    /** A shop that sells /page/* and, for the same price, /broken, which always fails. */
    async shop(options: PaymentOptions = {}, prices?: RouteTable): Promise<Shop> {
      const shop = await openShop(
        chain,
        prices ?? { "/page/*": "$0.01", "/broken": "$0.01" },
        (app) => {
          app.get("/page/:number", (request, response) => void response.send(`page ${request.params.number}`));
          app.get("/broken", (_request, response) => void response.status(500).send("broken"));
        },
        // Claims are made when a story says so.
        { claim: false, ...options },
      );
      shops.add(shop);
      return shop;
    },
    /** Ends a shop as if its machine had stopped. */
    async end(shop: Shop): Promise<void> {
      shops.delete(shop);
      await shop.close();
    },
    /** A reader with dollars and no gas. */
    reader: (dollars = PURSE): Promise<Payer> => newPayer(chain, dollars),

    /** Sends transactions of this account. */
    sender,
    /** The channel contract, called by this account. */
    as: (account: Account) =>
      getContract({
        abi: stateChannelsAbi,
        address: chain.stateChannels,
        client: { public: client, wallet: sender(account) },
      }),
    /** Lets the next block, and so the next transaction, have this time in seconds since 1970. */
    at: (timestamp: number) => client.setNextBlockTimestamp({ timestamp: BigInt(timestamp) }),
    now: async () => Number((await client.getBlock()).timestamp),

    /** Holds the balances of these three against what they have to be, to the unit. */
    async expectBalances(reader: Address, expected: Balances, token: Address = chain.dollar): Promise<void> {
      const [has, payeeHas, escrow] = await Promise.all(
        [reader, payee.address, chain.stateChannels].map((owner) => balanceOf(owner, token)),
      );
      assert.deepEqual({ reader: has, payee: payeeHas, escrow }, expected);
    },

    async close(): Promise<void> {
      for (const shop of shops) await shop.close();
      await chain.close();
    },
  };
}
export type Stage = Awaited<ReturnType<typeof openStage>>;

/** What a shop has in its books of a reader's channel. */
export async function bookOf(payment: PaymentMiddleware, reader: Payer) {
  const record = (await payment.channels()).find(({ id }) => id === reader.id);
  assert.ok(record, "the shop knows the channel");
  return record;
}

/** The terms of the channel that a reader opened. */
export function channelOf(reader: Payer): Channel {
  assert.ok(reader.channel, "the reader has opened a channel");
  return reader.channel;
}

/** The receipt that came with an answer, as the payer of the channel or a watchtower keeps it. */
export function signedReceiptOf({ receipt, response }: Bought): SignedReceipt {
  const { receiptSignature } = stateChannelResponseExtraSchema.parse(response?.extra);
  assert.ok(receipt && receiptSignature, "the answer has a receipt");
  return { receipt, receiptSignature };
}

/** The reader's signed wish to leave, for anybody to hand in. */
export const signExit = (reader: Payer, deadline: number): Promise<Hex> =>
  reader.session.signTypedData(requestExitTypedData(reader.contract, { channelId: reader.id, deadline }));
