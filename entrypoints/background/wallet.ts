/** Puts the rooms of the wallet together over the ports of this browser. */

import type { Network } from "@tollpass/protocol";
import { bytesToHex } from "viem";
import { browser } from "wxt/browser";
import type { AnswerPorts } from "#answers";
import { type Chain, createChain } from "#chain";
import { type ChannelPorts, type ChannelSearch, createChannelSearch } from "#channels";
import { keepStored, type Ledger, openLedger } from "#ledger";
import type { Topic } from "#messages";
import { createPayments, type Payments } from "#payment";
import { createVault, type Vault } from "#vault";
import { faucet, loadNetworks } from "./networks.ts";
import type { ApprovalWindows } from "./windows.ts";

export interface Wallet {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly payments: Payments;
  readonly search: ChannelSearch;
  readonly answerPorts: AnswerPorts;
}

/** Which screens have to look again after a change of the ledger. */
const TOPICS = {
  grants: "grants",
  sites: "grants",
  payments: "payments",
  channels: "channels",
  wallet: "status",
} as const satisfies Record<string, Topic>;

const now = () => Date.now();

/** The keys, which are there whether the journal can be opened or not. */
export function openVault(): Vault {
  const { local, session } = browser.storage;
  return createVault({ local, session, now });
}

export async function startWallet(
  vault: Vault,
  windows: ApprovalWindows,
  announce: (topic: Topic) => void,
): Promise<Wallet> {
  const { local, session } = browser.storage;
  const chains = new Map<string, Chain>();
  const [ledger, networks] = await Promise.all([
    openLedger({ now, randomId: () => crypto.randomUUID() }),
    loadNetworks(() => {
      chains.clear();
      announce("wallet");
      announce("status");
    }),
    // Keys of channels lie there while the wallet is unlocked: pages of this extension only, no content script.
    session.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" }),
  ]);
  const chainOf = (network: Network): Chain => {
    const known = chains.get(network.id) ?? createChain(network);
    chains.set(network.id, known);
    return known;
  };
  const channels: ChannelPorts = {
    ledger,
    vault,
    networks: networks.all,
    chainOf,
    fetch: (...request) => fetch(...request),
    local,
    now,
  };
  const search = createChannelSearch(channels, () => announce("channels"));
  const payments = createPayments({
    ...channels,
    enabled: () => [networks.home().id],
    mainnetChannels: () => false,
    session: browser.storage.session,
    questions: {
      show: (questionId) => windows.show(questionId),
      hide: (questionId) => windows.hide(questionId),
      changed: () => announce("approvals"),
      newId: () => crypto.randomUUID(),
    },
    random: () => bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
    changed: () => announce("payments"),
    later: (milliseconds, work) => {
      setTimeout(work, milliseconds);
    },
    report: (what, error) => console.warn(what, error),
  });
  ledger.subscribe((topics) => {
    for (const topic of new Set(topics.map((changed) => TOPICS[changed]))) announce(topic);
  });
  void keepStored(navigator.storage).then(({ asked, kept }) => {
    if (asked && !kept) console.warn("The browser does not promise to keep the journal if the disk runs short");
  });
  // In a turn of its own: whoever waits for the wallet has asked the disk by then, which works meanwhile.
  setTimeout(() => void vault.warm());
  const answerPorts: AnswerPorts = {
    ledger,
    vault,
    payments,
    channels,
    search,
    networks: networks.all,
    home: networks.home,
    chainOf,
    now,
    version: browser.runtime.getManifest().version,
    siteOfTab,
    announce,
    faucet,
  };
  return { ledger, vault, payments, search, answerPorts };
}

/** Origin of the website in a tab; undefined for the browser's own pages and for tabs that are gone. */
export async function siteOfTab(tabId: number): Promise<string | undefined> {
  const tab = await browser.tabs.get(tabId).catch(() => undefined);
  const url = URL.parse(tab?.url ?? "");
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url.origin : undefined;
}
