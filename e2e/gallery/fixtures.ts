/** Made-up but well-formed data of every view, for looking at screens and for their tests. */
import type {
  ApprovalView,
  ChannelView,
  GrantView,
  LeftBehindView,
  Money,
  PaymentDetail,
  PaymentView,
  Reply,
  SiteRow,
  SiteView,
  Status,
  WalletView,
} from "#messages";

/** The moment at which the fixtures were made. */
export const NOW = Date.now();
const MINUTE = 60_000;
const DAY = 86_400_000;

/** Test dollars from atomic units (6 decimals): usd(20_000) is 2 ¢. */
export function usd(atomic: number): Money {
  return { atomic: String(atomic), decimals: 6, symbol: "USDC", dollar: true };
}
const ether = (atomic: string): Money => ({ atomic, decimals: 18, symbol: "ETH", dollar: false });

export const LONG_HOST = "the-very-long-morning-edition.of-a-newspaper.with-many-words.in-its-name.example";
export const RTL_TITLE = "الميناء في الليل: قصة طويلة عن السفن والضوء والبحر";
export const CJK_TITLE = "夜の港：船と光と海についての長い物語、第一部";

const HARBOUR = "The harbour at night";
const PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const READER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const CHANNEL = `0x${"8f3a".repeat(16)}`;

export const status: Status = {
  vault: "unlocked",
  pausedAll: false,
  network: { id: "eip155:31337", name: "Local chain", testnet: true, faucet: true },
  version: "0.1.0",
};

export const grant: GrantView = {
  id: "grant-1",
  site: "https://toll.example",
  payeeOrigin: "https://toll.example",
  payTo: PAYEE,
  network: "eip155:31337",
  cap: usd(1_000_000),
  spent: usd(360_000),
  left: usd(640_000),
  perRequest: usd(50_000),
  period: "month",
  renewsAt: NOW + 30 * DAY,
  limits: { renews: true, perMinute: 1_000, paths: [], expiresAt: null },
};

function payment(index: number, changes: Partial<PaymentView> = {}): PaymentView {
  return {
    id: `payment-${index}`,
    at: NOW - index * 7 * MINUTE,
    site: "https://toll.example",
    host: "toll.example",
    label: HARBOUR,
    url: "https://toll.example/articles/harbour",
    amount: usd(20_000),
    state: "delivered",
    scheme: "state-channel",
    ...changes,
  };
}

export const payments: readonly PaymentView[] = [
  payment(0),
  payment(1, { label: "harbour.jpg", amount: usd(2_000) }),
  payment(2, { label: "ferry.jpg", amount: usd(400) }),
  payment(3, { label: "Live feed", amount: usd(10_000), state: "unknown", reason: "no_receipt" }),
  payment(4, { label: "The lighthouse keeper", charged: usd(0), state: "refused" }),
];

export const longPayments: readonly PaymentView[] = [
  payment(0, { label: RTL_TITLE, host: LONG_HOST }),
  payment(1, { label: CJK_TITLE, host: LONG_HOST }),
  payment(2, { label: `${"a-file-name-without-any-space-".repeat(4)}.jpg`, amount: usd(123_456_789) }),
  payment(3, { label: "", host: "", url: "" }),
];

export const detail: PaymentDetail = {
  ...payment(0),
  network: "eip155:31337",
  payTo: PAYEE,
  channelId: CHANNEL,
  nonce: "42",
  receipt: JSON.stringify({ channelId: CHANNEL, nonce: "42", charged: "20000", credited: "0" }),
  receiptSignature: `0x${"1b".repeat(65)}`,
  offer: JSON.stringify({ scheme: "state-channel", network: "eip155:31337", amount: "20000" }),
};

export const site: SiteView = {
  site: "https://toll.example",
  host: "toll.example",
  connection: "https",
  paused: false,
  never: false,
  quiet: false,
  grants: [grant],
  recent: [...payments].slice(0, 4),
};

export const approval: ApprovalView = {
  id: "approval-1",
  revision: 1,
  site: "https://toll.example",
  host: "toll.example",
  connection: "https",
  payeeHost: "toll.example",
  reason: "first_time",
  items: [{ label: HARBOUR, type: "main_frame", price: usd(20_000) }],
  count: 1,
  total: usd(20_000),
  offers: [
    {
      scheme: "state-channel",
      network: "eip155:31337",
      networkName: "Local chain",
      price: usd(20_000),
      total: usd(20_000),
      payTo: PAYEE,
      contract: CONTRACT,
      exitDelay: 86_400,
      raw: JSON.stringify(
        { scheme: "state-channel", network: "eip155:31337", amount: "20000", asset: CONTRACT, payTo: PAYEE },
        null,
        2,
      ),
    },
  ],
  suggested: { cap: usd(1_000_000), period: "month", perRequest: usd(50_000), renews: false },
  locked: false,
};

export const images: ApprovalView = {
  ...approval,
  count: 20,
  total: usd(40_000),
  offers: approval.offers.map((offer) => ({ ...offer, price: usd(2_000), total: usd(40_000) })),
  items: Array.from({ length: 20 }, (_, index) => ({
    label: `harbour-${index + 1}.jpg`,
    type: "image",
    price: usd(2_000),
  })),
};

const [stateChannel] = approval.offers;
export const twoOffers: ApprovalView = {
  ...approval,
  offers: stateChannel
    ? [stateChannel, { ...stateChannel, scheme: "exact", price: usd(25_000), total: usd(25_000) }]
    : approval.offers,
};

export const channel: ChannelView = {
  id: CHANNEL,
  host: "toll.example",
  site: "https://toll.example",
  network: "eip155:31337",
  networkName: "Local chain",
  status: "open",
  trusted: true,
  deposit: usd(500_000),
  paid: usd(360_000),
  inFlight: usd(20_000),
  unused: usd(120_000),
  payments: 41,
  openedAt: NOW - 12 * DAY,
  exitDelay: 86_400,
  found: false,
  siteKnown: true,
  relay: true,
  payee: PAYEE,
  contract: CONTRACT,
};

/** One that was found on the network by the phrase. */
export const found: ChannelView = {
  ...channel,
  host: "0x7099…79C8",
  site: "",
  status: "restored",
  found: true,
  siteKnown: false,
  relay: false,
  paid: usd(0),
  inFlight: usd(0),
  unused: usd(500_000),
  payments: 0,
  openedAt: NOW,
};

const channels: ChannelView[] = [
  channel,
  {
    ...channel,
    id: `${CHANNEL}1`,
    host: "weather.example",
    status: "exiting",
    exitAt: NOW + 3 * DAY + 4 * 60 * MINUTE,
  },
  {
    ...channel,
    id: `${CHANNEL}2`,
    host: "maps.example",
    status: "exiting",
    exitAt: NOW - MINUTE,
    inFlight: usd(0),
    unused: usd(140_000),
  },
  { ...channel, id: `${CHANNEL}3`, host: "radio.example", trusted: false },
  { ...channel, id: `${CHANNEL}4`, host: LONG_HOST, status: "restored" },
  {
    ...channel,
    id: `${CHANNEL}5`,
    host: "old.example",
    status: "closed",
    deposit: usd(360_000),
    inFlight: usd(0),
    unused: usd(0),
  },
];

/** Closes by the payee alone: under way, false and without gas to prove it, and over. */
export const closing: ChannelView[] = [
  { asks: usd(140_000), deadline: NOW + DAY - 60 * MINUTE, address: PAYEE },
  {
    asks: usd(500_000),
    deadline: NOW + 5 * 60 * MINUTE,
    challenge: "short_of_gas" as const,
    need: ether("1200000000000"),
    have: ether("0"),
    address: PAYEE,
  },
  { asks: usd(140_000), deadline: NOW - MINUTE, address: PAYEE },
].map((payeeClose, index) => ({ ...channel, id: `${CHANNEL}${index + 6}`, status: "closing", payeeClose }));

/** The person wants to leave, and it has not worked yet. */
export const wished: ChannelView[] = [
  { ...channel, exitWish: { ownGas: false, sent: false, problem: "rpc_unreachable", address: READER } },
  {
    ...channel,
    id: `${CHANNEL}9`,
    host: "weather.example",
    exitWish: {
      ownGas: true,
      sent: false,
      problem: "short_of_gas",
      need: ether("210000000000000"),
      have: ether("0"),
      address: READER,
    },
  },
];

/** False closes that can still be answered. */
export const disputes: NonNullable<Status["disputes"]> = [
  { host: "radio.example", asks: usd(500_000), deadline: NOW + 5 * 60 * MINUTE, challenge: "locked" },
  { host: "maps.example", asks: usd(300_000), deadline: NOW + 20 * 60 * MINUTE, challenge: "short_of_gas" },
];

export const sites: SiteRow[] = [
  {
    site: "https://toll.example",
    host: "toll.example",
    paused: false,
    never: false,
    quiet: false,
    grants: [grant],
    spentTotal: usd(2_104_400),
    payments: 214,
    lastAt: NOW - 2 * MINUTE,
  },
  {
    site: "https://weather.example",
    host: "weather.example",
    paused: true,
    never: false,
    quiet: false,
    grants: [
      { ...grant, id: "grant-2", site: "https://weather.example", period: "day", spent: usd(1_000_000), left: usd(0) },
    ],
    spentTotal: usd(1_000_000),
    payments: 50,
    lastAt: NOW - 3 * DAY,
  },
  {
    site: `https://${LONG_HOST}`,
    host: LONG_HOST,
    paused: false,
    never: false,
    quiet: true,
    grants: [],
    payments: 0,
  },
  {
    site: "https://pushy.example",
    host: "pushy.example",
    paused: false,
    never: true,
    quiet: false,
    grants: [],
    payments: 0,
  },
];

export const wallet: WalletView = {
  address: READER,
  network: { id: "eip155:31337", name: "Local chain", testnet: true },
  balance: usd(12_400_000),
  native: ether("0"),
  accounts: [{ address: READER, balance: usd(12_400_000), native: ether("0") }],
  inChannels: usd(3_100_000),
  spentToday: usd(640_400),
  dailyCeiling: usd(5_000_000),
  unreachable: false,
};

const SECOND = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
/** The same wallet with a second account that is empty. */
export const twoAccounts: WalletView = {
  ...wallet,
  accounts: [...wallet.accounts, { address: SECOND, balance: usd(0), native: ether("0") }],
};
export const payFrom = {
  account: READER,
  accounts: [
    { address: READER, balance: usd(12_400_000) },
    { address: SECOND, balance: usd(0) },
  ],
};

export const PHRASE = "test test test test test test test test test test test junk";

/** Of a wallet whose keys cannot be read. */
export const leftBehind: LeftBehindView = {
  damaged: true,
  journal: {
    channels: 3,
    sums: [{ setAside: usd(3_100_000), unused: usd(2_400_000) }],
    budgets: 2,
    unreadable: true,
  },
};

/** What a background with a funded wallet and some history would answer to every question. */
export const answers = {
  "status.get": status,
  "leftBehind.get": null,
  "vault.create": { done: true },
  "vault.checkPhrase": { done: true },
  "vault.unlock": { done: true },
  "vault.lock": { done: true },
  "vault.reveal": { phrase: PHRASE },
  "vault.changePassword": { done: true },
  "vault.wipe": { done: true },
  "wallet.get": wallet,
  "wallet.faucet": { done: true },
  "site.get": site,
  "account.add": { done: true },
  "account.use": { done: true },
  "site.account": { done: true },
  "site.pause": { done: true },
  "site.never": { done: true },
  "site.askAgain": { done: true },
  "sites.list": sites,
  "grant.edit": { done: true },
  "grant.revoke": { done: true },
  "grants.revokeAll": { done: true },
  "pause.set": { done: true },
  "approval.get": approval,
  "approval.preview": { setsAside: usd(500_000), requests: 50 },
  "approval.choose": { done: true },
  "approval.open": { done: true },
  "channels.list": channels,
  "channel.close": { done: true, transaction: `0x${"ab".repeat(32)}` },
  "channel.refund": { done: true },
  "channel.exit": { done: true, transaction: `0x${"cd".repeat(32)}` },
  "channel.cancelExit": { done: true },
  "channel.finishExit": { done: true },
  "channels.export": { json: "{}" },
  "channelSearch.get": null,
  "channelSearch.start": { done: true },
  "relayers.get": { relayers: [] },
  "relayers.set": { done: true },
  "history.list": { payments: [...payments], next: "older" },
  "history.get": detail,
  "history.export": { payments: [detail] },
  "history.redact": { done: true },
  "settings.get": { autoLockMinutes: 15, dailyCeiling: "5.00", tolerancePercent: 10 },
  "settings.set": { done: true },
} satisfies { [N in Parameters<typeof import("#messages").ask>[0]]: Reply<N> };
