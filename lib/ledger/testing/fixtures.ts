/** What the ledger's tests start from: a ledger on an in-memory IndexedDB, an intent, a grant and two plans. */

import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import type { Address, Hex } from "viem";
import type { GrantKey, GrantTerms } from "#budget";
import type { Intent, PlanInput, PlanResult } from "../intent.ts";
import { type Ledger, openLedger } from "../ledger.ts";
import type { ChannelKey, ChannelRecord, VerifiedReceipt } from "../rows.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const address = (digit: string) => `0x${digit.repeat(40)}` as Address;
export const hash = (n: number | bigint) => `0x${n.toString(16).padStart(64, "0")}` as Hex;
const [ACCOUNT, PAYEE, ASSET, CONTRACT, SIGNER, SESSION] = ["1", "2", "3", "4", "5", "6"].map(address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];
export const SITE = "https://news.example";
const NETWORK = "eip155:84532";

export const KEY: GrantKey = { site: SITE, payeeOrigin: SITE, payTo: PAYEE, network: NETWORK, asset: ASSET };
const CHANNEL_KEY: ChannelKey = {
  account: ACCOUNT,
  payeeOrigin: SITE,
  network: NETWORK,
  contract: CONTRACT,
  asset: ASSET,
  payTo: PAYEE,
  payeeSigner: SIGNER,
};

export const terms = (change: Partial<GrantTerms> = {}): GrantTerms => ({
  total: 1_000n,
  period: "month",
  renews: true,
  perRequest: null,
  perMinute: null,
  paths: [],
  expiresAt: null,
  ...change,
});

/** A clock that the test sets. */
export interface TestPorts {
  readonly indexedDB: IDBFactory;
  clock: number;
  ids: number;
}

export const testPorts = (): TestPorts => ({ indexedDB: new IDBFactory(), clock: NOW, ids: 0 });

export const reopen = (ports: TestPorts): Promise<Ledger> =>
  openLedger({
    indexedDB: ports.indexedDB,
    IDBKeyRange,
    now: () => ports.clock,
    randomId: () => `id-${++ports.ids}`,
  });

export const intent = (requestId: string, change: Partial<Intent> = {}): Intent => ({
  requestId,
  offerId: `offer-${requestId}`,
  site: SITE,
  payeeOrigin: SITE,
  frameOrigins: [SITE],
  url: `${SITE}/articles/first?${requestId}`,
  method: "GET",
  resourceType: "xmlhttprequest",
  title: "First",
  incognito: false,
  scheme: "state-channel",
  network: NETWORK,
  asset: ASSET,
  dollarDecimals: 6,
  payTo: PAYEE,
  amount: 50n,
  contract: CONTRACT,
  payeeSigner: SIGNER,
  offer: { amount: "50" },
  channel: CHANNEL_KEY,
  ...change,
});

/** A payment without a channel, as `exact` makes it. */
export const directPlan = (): PlanResult => ({ kind: "ready", plan: { authorization: "0x01" } });
export const direct = (requestId: string, change: Partial<Intent> = {}): Intent =>
  intent(requestId, { scheme: "exact", channel: undefined, contract: undefined, payeeSigner: undefined, ...change });

export const channelRecord = (change: Partial<ChannelRecord> = {}): ChannelRecord => ({
  id: hash(1),
  scheme: "state-channel",
  key: CHANNEL_KEY,
  terms: {
    payer: ACCOUNT,
    payerSigner: SESSION,
    payee: PAYEE,
    payeeSigner: SIGNER,
    token: ASSET,
    exitDelay: 604_800,
    challengePeriod: 86_400,
    salt: hash(7),
  },
  status: "open",
  relay: true,
  receiptsUrl: `${SITE}/receipts`,
  deposit: 100_000n,
  depositBlock: 1n,
  nonce: 0n,
  authorized: 0n,
  gross: 0n,
  credited: 0n,
  released: 0n,
  earned: 0n,
  signedEarned: 0n,
  acknowledged: 0n,
  settled: 0n,
  refundNonce: 0,
  exitAt: 0,
  createdAt: NOW,
  ...change,
});

/** A state by the rules of protocol section 3; opens a channel where there is none. */
export const channelPlan =
  (price: bigint) =>
  ({ channel, paymentId }: PlanInput): PlanResult => {
    if (!channel) {
      const pendingDeposit = { paymentId, amount: 100_000n, validAfter: 0n, validBefore: 99n, salt: hash(9) };
      const opening = { status: "opening", deposit: 0n, nonce: 1n, authorized: price, gross: price } as const;
      return {
        kind: "ready",
        plan: { nonce: "1" },
        channel: { kind: "open", record: channelRecord({ ...opening, pendingDeposit }) },
      };
    }
    const nonce = channel.nonce + 1n;
    const gross = channel.gross + price;
    const authorized = gross > channel.authorized ? gross : channel.authorized;
    if (authorized - channel.credited > 100_000n) return { kind: "refuse", reason: "too_little_deposit" };
    const owed = authorized - channel.credited;
    const earned = channel.earned < owed ? channel.earned : owed;
    const step = { kind: "step", nonce, gross, authorized, earned } as const;
    return { kind: "ready", plan: { nonce: nonce.toString() }, channel: step };
  };

export const receipt = (nonce: bigint, charged: bigint, credited: bigint): VerifiedReceipt => ({
  nonce,
  charged,
  credited,
  ref: hash(2),
  signature: `0x${"ab".repeat(65)}`,
});
