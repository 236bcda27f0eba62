/** The words for everything that was asked for and not paid: what happened, what it means, what can be done. */
import type { RefusalView } from "#messages";
import { isSome, say } from "./money/index.ts";

/** A headline and the sentences under it. */
export interface Words {
  readonly title: string;
  readonly text: string;
}

type RefusalFacts = Pick<RefusalView, "amount" | "was" | "need" | "have">;

function asks(facts: RefusalFacts): string {
  return facts.amount ? `It asks ${say(facts.amount)}. ` : "";
}

/** "Needed: …. You have …. ", as far as it is known. */
function needHave(facts: Pick<RefusalView, "need" | "have">): string {
  if (facts.need && facts.have) return `Needed: ${say(facts.need)}. You have ${say(facts.have)}. `;
  return facts.need ? `Needed: ${say(facts.need)}. ` : "";
}

/** Why something was not paid, by the `reason` of a RefusalView or of a payment. */
export const REFUSALS = {
  unknown_scheme: () => ({
    title: "A way of paying that Tollpass does not know",
    text: "The site asks for money in a form that this version cannot pay. Nothing was paid.",
  }),
  unknown_network: () => ({
    title: "A network that Tollpass does not know",
    text: "The site wants to be paid on a network that is not on the wallet's list. Nothing was paid.",
  }),
  network_disabled: () => ({
    title: "This network is switched off",
    text: "The site wants real money, and the place where Tollpass would set it aside has not been audited by anybody yet. Nothing was paid.",
  }),
  unknown_asset: () => ({
    title: "A token that Tollpass does not know",
    text: "The site wants a token that is not on the wallet's list, so what it is worth cannot be told. Nothing was paid.",
  }),
  asset_mismatch: () => ({
    title: "The token is not what it says",
    text: "The site names a token, and its address belongs to another one. Nothing was paid.",
  }),
  unknown_contract: () => ({
    title: "A place for the money that Tollpass does not know",
    text: "What is set aside would be kept where this wallet does not trust it to be safe. Nothing was paid.",
  }),
  insecure_origin: () => ({
    title: "The connection is not protected",
    text: "Anyone on the way could take or change a payment over plain http. Nothing was paid. Try the site's https address.",
  }),
  resource_mismatch: () => ({
    title: "The offer is for another page",
    text: "What the site wants to be paid for is not what you opened. Nothing was paid.",
  }),
  headers_disagree: () => ({
    title: "The site’s offer contradicts itself",
    text: "It says two different things about the price or about who gets the money. Nothing was paid.",
  }),
  terms_unacceptable: () => ({
    title: "Terms that Tollpass does not accept",
    text: "The deposit or the waiting time to get your money back is beyond what is safe for you. Nothing was paid.",
  }),
  receipts_origin: () => ({
    title: "Receipts from elsewhere",
    text: "The site wants its receipts to be checked at an address that is not its own. Nothing was paid.",
  }),
  malformed_extra: () => ({
    title: "An incomplete offer",
    text: "Part of the site's offer is missing or unreadable. Nothing was paid.",
  }),
  malformed_402: () => ({
    title: "An unreadable price",
    text: "The site asks for a payment and its offer cannot be read. Nothing was paid.",
  }),
  price_too_high: (facts: RefusalFacts) => ({
    title: "More than you allow for one request",
    text: `${asks(facts)}${facts.was ? `Before it was ${say(facts.was)}. ` : ""}That is above your ceiling. Nothing was paid.`,
  }),
  over_budget: (facts: RefusalFacts) => ({
    title: "The budget does not cover this",
    text: `${asks(facts)}${isSome(facts.have) ? `${say(facts.have)} of the budget is left. ` : ""}Nothing was paid. You can raise it.`,
  }),
  too_little_money: (facts: RefusalFacts) => ({
    title: "Too little money in the wallet",
    text: `${needHave(facts)}Nothing was paid. Add money and load the page again.`,
  }),
  locked: (facts: RefusalFacts) => ({
    title: "Tollpass was locked",
    text: `${asks(facts)}Nothing was paid. Unlock it and load the page again.`,
  }),
  paused: () => ({ title: "Payments were paused", text: "Nothing was paid. Go on and load the page again." }),
  never: () => ({ title: "Nothing is ever paid here", text: "You chose that for this site. Nothing was paid." }),
  daily_ceiling: (facts: RefusalFacts) => ({
    title: "Your ceiling for today is reached",
    text: `${asks(facts)}All sites together may not spend more today. Nothing was paid. The ceiling is in the settings.`,
  }),
  rpc_unreachable: () => ({
    title: "The network cannot be reached",
    text: "A new deposit has to be seen on the network first. Nothing was paid. It usually passes; load the page again in a while.",
  }),
  refused_again: (facts: RefusalFacts) => ({
    title: "Paid, and asked again",
    text: `The site asked for money again after a payment${facts.amount ? ` of ${say(facts.amount)}` : ""}. Tollpass does not pay twice. The amount stays set aside until it is clear whether the site took it.`,
  }),
  receipt_forged: () => ({
    title: "A false receipt",
    text: "The signature under the site's receipt is not from the one who gets the money. No further payments go there. You can get the unused money back under Channels.",
  }),
  receipt_overcharged: () => ({
    title: "The receipt says more than the price",
    text: "The site charged more than it asked. No further payments go there. You can get the unused money back under Channels.",
  }),
  receipt_uncredited: () => ({
    title: "A credit is missing from the receipt",
    text: "The site left out money that it had credited before. No further payments go there. You can get the unused money back under Channels.",
  }),
  minimum_deposit: (facts: RefusalFacts) => ({
    title: "The site wants a larger deposit",
    text: `${needHave(facts)}Your budget is below the least that the site accepts as a deposit. Nothing was paid.`,
  }),
  ledger_unavailable: () => ({
    title: "The payment journal cannot be opened",
    text: "Tollpass pays nothing that it cannot write down first. Nothing was paid. Restarting the browser often helps.",
  }),
  ledger_full: () => ({
    title: "The disk is full",
    text: "Tollpass pays nothing that it cannot write down first. Nothing was paid. Make some room and load the page again.",
  }),
  ledger_newer: () => ({
    title: "The payment journal is newer than this Tollpass",
    text: "A newer version of Tollpass wrote it, and this one might misread it. Nothing was paid. Update Tollpass.",
  }),
  ledger_inconsistent: () => ({
    title: "The sums do not agree",
    text: "The payment journal contradicts itself, so nothing is paid by itself until that is cleared up. Your money can still be taken back under Channels.",
  }),
  quiet: () => ({
    title: "Quiet here",
    text: "You said “not now” three times, so it did not ask. Nothing was paid.",
  }),
  dismissed: () => ({
    title: "Not asked again on this page",
    text: "You said “not now”. Nothing was paid. Load the page again to be asked again.",
  }),
  plain_headers_only: () => ({
    title: "Only half an offer",
    text: "The site names a price and no way to pay it that Tollpass knows. Nothing was paid.",
  }),
  no_wallet: () => ({
    title: "There is no wallet yet",
    text: "Nothing was paid. Set one up; it takes less than a minute.",
  }),
  wallet_damaged: () => ({
    title: "The stored wallet is damaged",
    text: "Nothing was paid. Your recovery phrase brings it back, in the dashboard.",
  }),
  account_missing: () => ({
    title: "The account of this site is not in this wallet",
    text: "Nothing was paid. Choose another one for it under Sites, or add accounts under Wallet until it is there again.",
  }),
  asks_without_tab: () => ({
    title: "Asked in the background",
    text: "A part of the site that runs without a page asked for money. That is paid only within a budget that you gave before. Nothing was paid.",
  }),
  channel_busy: () => ({
    title: "The money set aside here is busy",
    text: "Earlier payments are still waiting for their receipts. Nothing was paid. Load the page again in a while.",
  }),
  channel_unusable: () => ({
    title: "The money set aside here cannot be used",
    text: "Its channel is closing, or the site knows of more payments there than this wallet remembers. Nothing was paid. Under Channels you can get it back.",
  }),
  amount_too_large: () => ({
    title: "A price beyond all bounds",
    text: "The site asks more than any channel can hold. Nothing was paid.",
  }),
  deposit_not_allowed: () => ({
    title: "More money would have to be set aside",
    text: "What is set aside here is used up and no more was allowed. Nothing was paid. Raise the budget.",
  }),
  deposit_refused: () => ({
    title: "The site did not accept the deposit",
    text: "The money has not left your wallet. Nothing was paid. Load the page again in a while.",
  }),
  receipt_of_other_request: () => ({
    title: "A receipt for something else",
    text: "The site’s receipt is for another request. No further payments go there. You can get the unused money back under Channels.",
  }),
  receipts_missing: () => ({
    title: "Receipts are missing",
    text: "The site took payments without giving receipts. No further payments go there. You can get the unused money back under Channels.",
  }),
  short_of_gas: (facts: RefusalFacts) => ({
    title: "A little of the network’s own coin is needed",
    text: `This site does not send deposits for you, so the network’s fee is yours to pay. ${needHave(facts)}Nothing was paid.`,
  }),
  wrong_chain: () => ({
    title: "The network’s server is not the right one",
    text: "It speaks for another network, so nothing it says was used. Nothing was paid.",
  }),
  wrong_contract: () => ({
    title: "The money would not be kept where it should",
    text: "The program that would keep it differs from the one this wallet trusts. Nothing was paid.",
  }),
  payments_pending: () => ({
    title: "Earlier payments are not settled",
    text: "They have to settle first. Nothing was paid. Load the page again in a while.",
  }),
  not_confirmed: () => ({
    title: "The deposit is not confirmed yet",
    text: "The network has not confirmed it. Nothing more was paid. Load the page again in a while.",
  }),
  abandoned_by_page: () => ({
    title: "The page went away",
    text: "It was closed or moved on before anything was sent. Nothing was paid.",
  }),
  interrupted: () => ({
    title: "Interrupted before it was sent",
    text: "The browser or Tollpass was stopped. Nothing was paid.",
  }),
  internal: () => ({
    title: "It did not work",
    text: "The reason lies in Tollpass itself. Nothing was paid.",
  }),
  relay_unavailable: () => ({
    title: "The site does not open deposits for you now",
    text: "It usually sends the deposit to the network, and it did not. Nothing was paid. Load the page again in a while.",
  }),
  no_receipt: (facts: RefusalFacts) => ({
    title: "Served without a receipt",
    text: `The site answered without proof of what it took. ${facts.amount ? `${say(facts.amount)} stays` : "The amount stays"} set aside until that is clear.`,
  }),
  refused_402: () => ({
    title: "Paid, and asked again",
    text: "The site asked for money again after the payment. Tollpass does not pay twice. The amount stays set aside until that is clear.",
  }),
  lost_answer: () => ({
    title: "The answer was lost",
    text: "The connection broke after the payment was sent. It is sent again unchanged, so that it can count only once.",
  }),
  nonce_used: () => ({
    title: "The site knows more than this wallet",
    text: "It shows that this payment’s number was used before, as after an old backup. Nothing more is paid from that channel; what is unused can be taken back.",
  }),
  server_failed: () => ({
    title: "Nothing came after the payment",
    text: "It did not deliver what was asked for. The amount stays set aside until it is clear whether the site took it.",
  }),
} as const satisfies Record<string, (facts: RefusalFacts) => Words>;

export type RefusalReason = keyof typeof REFUSALS;

export function isRefusalReason(code: string): code is RefusalReason {
  return Object.hasOwn(REFUSALS, code);
}

/** Words for any reason, also one that a newer background knows and this screen does not. */
export function sayRefusal(reason: string, facts: RefusalFacts): Words {
  if (isRefusalReason(reason)) return REFUSALS[reason](facts);
  return { title: "Not paid", text: `The wallet did not pay here and gives the reason "${reason}".` };
}
