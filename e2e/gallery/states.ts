/** Every state of every screen by name: the fixed answers behind it, and the clicks that lead to it. */
import type { Answers } from "./fixtureBackground.ts";
import * as data from "./fixtures.ts";

export interface GalleryState {
  readonly page: "approve" | "popup" | "dashboard";
  readonly answers?: Answers;
  /** Nobody answers. */
  readonly silent?: boolean;
  /** The address's hash, for the dashboard. */
  readonly hash?: string;
  /** Names of buttons or radio buttons to press, or `label=text` to type, in turn. */
  readonly steps?: readonly string[];
}

const { approval, site, status, usd } = data;
const absent = { ...status, vault: "absent" as const };
const locked = { ...status, vault: "locked" as const };
const poor = { ...data.wallet, balance: usd(0), inChannels: usd(0), spentToday: usd(0) };
const refusal = (reason: string) => ({
  "site.get": {
    ...site,
    grants: [],
    recent: [],
    refusal: {
      at: data.NOW,
      url: "https://toll.example/a",
      reason,
      amount: usd(50_000),
      was: usd(2_000),
      need: usd(500_000),
      have: usd(120_000),
    },
  },
});
const begin = ["Create a wallet", "Password=correct horse battery"];

export const STATES: Readonly<Record<string, GalleryState>> = {
  "approve-first": { page: "approve" },
  "approve-once": { page: "approve", steps: ["Only this 2 ¢"] },
  "approve-never": { page: "approve", steps: ["Never ask here again"] },
  "approve-details": { page: "approve", steps: ["Details"] },
  "approve-images": { page: "approve", answers: { "approval.get": data.images } },
  "approve-offers": { page: "approve", answers: { "approval.get": data.twoOffers } },
  "approve-accounts": { page: "approve", answers: { "approval.get": { ...approval, from: data.payFrom } } },
  "approve-price-rise": {
    page: "approve",
    answers: { "approval.get": { ...approval, reason: "price_rise", was: usd(2_000), total: usd(50_000) } },
  },
  "approve-over-budget": {
    page: "approve",
    answers: { "approval.get": { ...approval, reason: "over_budget", left: usd(400) } },
  },
  "approve-paid-before": { page: "approve", answers: { "approval.get": { ...approval, reason: "paid_before" } } },
  "approve-way-changed": { page: "approve", answers: { "approval.get": { ...approval, reason: "way_changed" } } },
  "approve-insecure": {
    page: "approve",
    answers: { "approval.get": { ...approval, connection: "open", payeeHost: "cdn.elsewhere.example" } },
  },
  "approve-long-exit": { page: "approve", answers: { "approval.get": { ...approval, reason: "long_exit" } } },
  "approve-locked": { page: "approve", answers: { "approval.get": { ...approval, locked: true } } },
  "approve-unlock": { page: "approve", answers: { "approval.get": { ...approval, locked: true, reason: "unlock" } } },
  "approve-wrong-password": {
    page: "approve",
    answers: {
      "approval.get": { ...approval, locked: true },
      "vault.unlock": { problem: "wrong_password", retryAfter: 4 },
    },
    steps: ["Password=not this one", "Unlock"],
  },
  "approve-short": {
    page: "approve",
    answers: {
      "approval.get": { ...approval, short: { need: usd(20_000), have: usd(400), address: data.wallet.address } },
    },
  },
  "approve-below-price": {
    page: "approve",
    answers: { "approval.preview": { requests: 0, problem: "below_price" } },
    steps: ["Up to=0.01"],
  },
  "approve-stale": {
    page: "approve",
    answers: { "approval.choose": { problem: "stale" } },
    steps: ["Allow $1.00 for a month"],
  },
  "approve-long": {
    page: "approve",
    answers: {
      "approval.get": {
        ...approval,
        host: data.LONG_HOST,
        payeeHost: data.LONG_HOST,
        items: [{ label: data.RTL_TITLE, type: "main_frame", price: usd(20_000) }],
      },
    },
  },
  "approve-cjk": {
    page: "approve",
    answers: {
      "approval.get": { ...approval, items: [{ label: data.CJK_TITLE, type: "main_frame", price: usd(20_000) }] },
    },
  },
  "approve-gone": { page: "approve", answers: { "approval.get": null } },
  "approve-restarting": { page: "approve", silent: true },

  "popup-welcome": { page: "popup", answers: { "status.get": absent } },
  "popup-budget": { page: "popup" },
  "popup-change": { page: "popup", steps: ["Change"] },
  "popup-limits": { page: "popup", steps: ["Change", "More limits"] },
  "popup-nothing": { page: "popup", answers: { "site.get": { ...site, grants: [], recent: [] } } },
  "popup-no-site": { page: "popup", answers: { "site.get": null } },
  "popup-waiting": {
    page: "popup",
    answers: { "site.get": { ...site, waiting: { approvalId: "approval-1", count: 1, total: usd(20_000) } } },
  },
  "popup-over-budget": {
    page: "popup",
    answers: {
      "site.get": {
        ...site,
        grants: [{ ...data.grant, spent: usd(990_000), left: usd(10_000) }],
        refusal: {
          at: data.NOW,
          url: "https://toll.example/a",
          reason: "over_budget",
          amount: usd(50_000),
          have: usd(10_000),
        },
      },
    },
    steps: ["Raise the budget"],
  },
  "popup-refused": { page: "popup", answers: refusal("unknown_asset") },
  "popup-poor": { page: "popup", answers: { ...refusal("too_little_money"), "wallet.get": poor } },
  "popup-cheated": { page: "popup", answers: refusal("receipt_forged") },
  "popup-unknown-reason": { page: "popup", answers: refusal("a_reason_of_tomorrow") },
  "popup-paused": { page: "popup", answers: { "site.get": { ...site, paused: true } } },
  "popup-paused-all": { page: "popup", answers: { "status.get": { ...status, pausedAll: true } } },
  "popup-never": { page: "popup", answers: { "site.get": { ...site, never: true, grants: [], recent: [] } } },
  "popup-quiet": { page: "popup", answers: { "site.get": { ...site, quiet: true, grants: [] } } },
  "popup-disputed": { page: "popup", answers: { "status.get": { ...locked, disputes: data.disputes.slice(0, 1) } } },
  "popup-locked": { page: "popup", answers: { "status.get": locked } },
  "popup-halted-newer": { page: "popup", answers: { "status.get": { ...status, halted: "ledger_newer" } } },
  "popup-halted": { page: "popup", answers: { "status.get": { ...status, halted: "ledger_full" } } },
  "popup-long": {
    page: "popup",
    answers: { "site.get": { ...site, host: data.LONG_HOST, connection: "open", recent: [...data.longPayments] } },
  },
  "popup-unreachable": {
    page: "popup",
    answers: { "wallet.get": { ...data.wallet, balance: undefined, native: undefined, unreachable: true } },
  },
  "popup-restarting": { page: "popup", silent: true },

  "onboarding-welcome": { page: "dashboard", answers: { "status.get": absent } },
  "onboarding-before": {
    page: "dashboard",
    answers: { "status.get": absent, "leftBehind.get": data.leftBehind },
  },
  "onboarding-give-up": {
    page: "dashboard",
    answers: { "status.get": absent, "leftBehind.get": data.leftBehind },
    steps: ["Create a new wallet instead…", "Or type “delete” to go on=delete"],
  },
  "onboarding-import-other": {
    page: "dashboard",
    answers: {
      "status.get": absent,
      "leftBehind.get": { ...data.leftBehind, damaged: false },
      "vault.checkPhrase": { done: true, erases: true },
    },
    steps: [
      "Bring it back with the recovery phrase",
      `12 or 24 words, with spaces between them=${data.PHRASE}`,
      "Next",
    ],
  },
  "onboarding-import": {
    page: "dashboard",
    answers: { "status.get": absent, "vault.checkPhrase": { problem: "checksum" } },
    steps: ["I have a recovery phrase", "12 or 24 words, with spaces between them=word salad", "Next"],
  },
  "onboarding-password": { page: "dashboard", answers: { "status.get": absent }, steps: begin },
  "onboarding-phrase-hidden": {
    page: "dashboard",
    answers: { "status.get": absent },
    steps: [...begin, "Create the wallet"],
  },
  "onboarding-phrase": {
    page: "dashboard",
    answers: { "status.get": absent },
    steps: [...begin, "Create the wallet", "Reveal the words"],
  },
  "onboarding-check": {
    page: "dashboard",
    answers: { "status.get": absent },
    steps: [...begin, "Create the wallet", "I have written it down", "Check"],
  },
  "onboarding-fund": {
    page: "dashboard",
    answers: { "status.get": absent, "wallet.get": poor },
    steps: [...begin, "Create the wallet", "Do this later"],
  },
  "onboarding-funded": {
    page: "dashboard",
    answers: { "status.get": absent },
    steps: [...begin, "Create the wallet", "Do this later"],
  },
  "onboarding-done": {
    page: "dashboard",
    answers: { "status.get": absent },
    steps: [...begin, "Create the wallet", "Do this later", "Go on"],
  },

  sites: { page: "dashboard", hash: "#sites" },
  "sites-accounts": { page: "dashboard", hash: "#sites", answers: { "wallet.get": data.twoAccounts } },
  "sites-empty": { page: "dashboard", hash: "#sites", answers: { "sites.list": [] } },
  "sites-revoke": {
    page: "dashboard",
    hash: "#sites",
    answers: { "sites.list": data.sites.slice(0, 1) },
    steps: ["Revoke"],
  },
  channels: { page: "dashboard", hash: "#channels" },
  "channels-empty": { page: "dashboard", hash: "#channels", answers: { "channels.list": [] } },
  "channels-closing": { page: "dashboard", hash: "#channels", answers: { "channels.list": data.closing } },
  "channels-get-back": {
    page: "dashboard",
    hash: "#channels",
    answers: { "channels.list": [data.channel] },
    steps: ["Get my money back"],
  },
  "channels-need-gas": {
    page: "dashboard",
    hash: "#channels",
    answers: {
      "channels.list": [{ ...data.channel, trusted: false }],
      "channel.exit": {
        problem: "short_of_gas",
        need: { atomic: "210000000000000", decimals: 18, symbol: "ETH", dollar: false },
        have: { atomic: "0", decimals: 18, symbol: "ETH", dollar: false },
        address: data.wallet.address,
      },
    },
    steps: ["Get my money back", "Get it back"],
  },
  "channels-searching": {
    page: "dashboard",
    hash: "#channels",
    answers: { "channels.list": [data.found], "channelSearch.get": { share: 0.62, found: 1, unlisted: 0 } },
  },
  "channels-search-waits": {
    page: "dashboard",
    hash: "#channels",
    answers: {
      "status.get": locked,
      "channels.list": [],
      "channelSearch.get": { share: 0, found: 0, unlisted: 0, problem: "locked" },
    },
  },
  "channels-none-found": {
    page: "dashboard",
    hash: "#channels",
    answers: {
      "channels.list": [],
      "channelSearch.get": { share: 1, found: 0, unlisted: 0, finishedAt: data.NOW },
    },
  },
  "channels-found-get-back": {
    page: "dashboard",
    hash: "#channels",
    answers: {
      "channels.list": [data.found],
      "channelSearch.get": { share: 1, found: 2, unlisted: 1, finishedAt: data.NOW },
    },
    steps: ["Get my money back"],
  },
  "channels-no-relayer": {
    page: "dashboard",
    hash: "#channels",
    answers: {
      "channels.list": [{ ...data.channel, trusted: false }],
      "channel.exit": {
        problem: "no_relayer",
        need: { atomic: "210000000000000", decimals: 18, symbol: "ETH", dollar: false },
        have: { atomic: "0", decimals: 18, symbol: "ETH", dollar: false },
        address: data.wallet.address,
      },
    },
    steps: ["Get my money back", "Get it back"],
  },
  "channels-wished": {
    page: "dashboard",
    hash: "#channels",
    answers: { "channels.list": data.wished },
  },
  "channels-disputed": {
    page: "dashboard",
    hash: "#channels",
    answers: { "status.get": { ...locked, disputes: data.disputes }, "channels.list": data.closing },
  },
  history: { page: "dashboard", hash: "#history" },
  "history-long": {
    page: "dashboard",
    hash: "#history",
    answers: { "history.list": { payments: [...data.longPayments] } },
  },
  "history-empty": {
    page: "dashboard",
    hash: "#history",
    answers: { "history.list": { payments: [] }, "sites.list": [] },
  },
  "history-exporting": {
    page: "dashboard",
    hash: "#history",
    answers: {
      "history.export": ({ before }) =>
        before === undefined ? { payments: [data.detail], next: 34_000 } : new Promise(() => undefined),
    },
    steps: ["Export receipts"],
  },
  "history-export-unfinished": {
    page: "dashboard",
    hash: "#history",
    answers: { "history.export": () => Promise.reject(new Error("the background ended")) },
    steps: ["Export receipts"],
  },
  "history-detail": { page: "dashboard", hash: "#history", steps: ["row=The harbour at night", "Details"] },
  wallet: { page: "dashboard", hash: "#wallet" },
  "wallet-locked": {
    page: "dashboard",
    hash: "#wallet",
    answers: { "status.get": locked, "wallet.get": { problem: "locked" } },
  },
  "wallet-accounts": { page: "dashboard", hash: "#wallet", answers: { "wallet.get": data.twoAccounts } },
  "wallet-phrase": { page: "dashboard", hash: "#wallet", steps: ["Show the recovery phrase"] },
  "wallet-password": { page: "dashboard", hash: "#wallet", steps: ["Change the password"] },
  "settings-delete": {
    page: "dashboard",
    hash: "#settings",
    steps: ["Delete this wallet…", "Type “delete” to go on=delete"],
  },
  settings: { page: "dashboard", hash: "#settings" },
  "settings-bad-relayer": {
    page: "dashboard",
    hash: "#settings",
    answers: { "relayers.set": { problem: "bad_relayer", detail: "http://relay.example" } },
    steps: ["Helping servers, one address a line=http://relay.example", "Save helping servers"],
  },
  "dashboard-halted": {
    page: "dashboard",
    answers: { "status.get": { ...status, halted: "ledger_inconsistent", pausedAll: true } },
  },
  "settings-halted": {
    page: "dashboard",
    hash: "#settings",
    answers: { "status.get": { ...locked, halted: "ledger_newer" }, "wallet.get": { problem: "ledger_newer" } },
    steps: ["Delete this wallet…", "Type “delete” to go on=delete"],
  },
  "dashboard-restarting": { page: "dashboard", silent: true },
};
