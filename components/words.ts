/** The words for every other code that reaches a screen, and the door to those for refusals. One place, no gaps. */
import type { ApprovalView, AskReason, ChannelView, Dispute, PaymentView, Preview, Problem, Status } from "#messages";
import { isSome, say, sayToken } from "./money/index.ts";
import { isRefusalReason, REFUSALS, type Words } from "./refusals.ts";
import { sayDuration } from "./time.ts";
import type { Tone } from "./ui/show.tsx";

export * from "./refusals.ts";

type Asked = Pick<ApprovalView, "was" | "left" | "total"> & { readonly price: string; readonly exitDelay?: number };

/** Why the person is asked, above the choices. Empty where the question speaks for itself. */
export const ASK_REASONS = {
  unlock: () => "Your budget allows this. Unlock Tollpass to go on.",
  first_time: () => "",
  price_rise: ({ was, price }) =>
    was ? `It was ${say(was)}, now it is ${price}.` : `The price has gone up to ${price}.`,
  over_budget: ({ left }) =>
    isSome(left) ? `Only ${say(left)} of your budget is left.` : "Nothing is left of your budget here.",
  over_request_ceiling: ({ price }) => `${price} is more than you allow for one request.`,
  too_many_per_minute: () => "It asks for more payments in a minute than you allow.",
  payee_changed: () => "The money would go to another account than before.",
  way_changed: () => "The site wants to be paid in another way than the one that you gave a budget for.",
  expired: () => "Your budget here has expired.",
  long_exit: ({ exitDelay }) =>
    exitDelay === undefined
      ? "Getting unused money back would take unusually long here."
      : `Getting unused money back without the site's help would take ${sayDuration(exitDelay * 1_000)}.`,
  paid_before: () =>
    "Tollpass paid for this before, and the site’s answer was lost. A yes may cost you the same a second time.",
  daily_ceiling: () => "With this, all sites together pass your ceiling for today.",
} as const satisfies Record<AskReason, (asked: Asked) => string>;

/** What is wrong with the budget that is being typed. */
export const PREVIEW_PROBLEMS = {
  below_price: "That is less than what is asked now.",
  above_balance: "That is more than the wallet holds now.",
  below_minimum_deposit: "The site wants a larger deposit than that.",
  malformed: "Write an amount such as 1.00.",
} as const satisfies Record<NonNullable<Preview["problem"]>, string>;

export const HALTS = {
  ledger_unavailable: {
    title: "Nothing is paid: the journal cannot be opened",
    text: "Tollpass writes every payment down before it pays, and the browser's storage does not let it. Restart the browser. If that does not help, look whether this profile may store data.",
  },
  ledger_full: {
    title: "Nothing is paid: the disk is full",
    text: "Tollpass writes every payment down before it pays. Make some room; it goes on by itself.",
  },
  ledger_newer: {
    title: "Nothing is paid: the journal is newer than this Tollpass",
    text: "A newer version of Tollpass wrote the journal of payments, and this one might misread it. Update Tollpass, and it goes on by itself. Nothing is lost.",
  },
  ledger_inconsistent: {
    title: "Nothing is paid: the sums do not agree",
    text: "The journal of payments contradicts itself, so nothing is paid automatically. What is unused in channels can still be taken back.",
  },
} as const satisfies Record<NonNullable<Status["halted"]>, Words>;

/** The state of a payment in one word, and what it means. */
export const PAYMENT_STATES = {
  reserved: { word: "set aside", text: "Written down and not sent yet." },
  sent: { word: "on its way", text: "Sent to the site, no answer yet." },
  delivered: { word: "paid", text: "The site delivered." },
  refused: { word: "not paid", text: "The site proved that it took nothing." },
  unknown: {
    word: "unclear",
    text: "It is not known whether the site took the money. It stays set aside until that is clear.",
  },
  reconciled: { word: "settled", text: "It was unclear and has been cleared up." },
} as const satisfies Record<PaymentView["state"], { word: string; text: string }>;

const UNCHARGED = { word: "no charge", text: "The site’s receipt says that this cost nothing." } as const;

/** The state of one payment. A receipt over nothing (a search that found nothing) is the good end of a payment. */
export function sayState({ state, reason }: Pick<PaymentView, "state" | "reason">): { word: string; text: string } {
  return isUncharged({ state, reason }) ? UNCHARGED : PAYMENT_STATES[state];
}

/** Whether the payment ended with a receipt over nothing; one that was never sent carries a reason. */
export function isUncharged({ state, reason }: Pick<PaymentView, "state" | "reason">): boolean {
  return state === "refused" && reason === undefined;
}

export const CHANNEL_STATES = {
  opening: { word: "opening", text: "The deposit is on its way to the network." },
  open: { word: "open", text: "Pays this site without a question, within its budget." },
  exiting: { word: "coming back", text: "You asked for your money. The waiting time runs." },
  closing: {
    word: "closing",
    text: "You asked the site to close it. Until the site has done that or your request runs out, nothing is paid from it.",
  },
  closed: { word: "closed", text: "Everything is settled." },
  restored: {
    word: "out of date",
    text: "The site knows of more payments here than this wallet remembers, as after an old backup. Nothing more is paid from it; what is unused can be taken back.",
  },
} as const satisfies Record<ChannelView["status"], { word: string; text: string }>;

const FOUND = {
  word: "found",
  text: "Your recovery phrase opened it, here or on another computer. What you still owe in it the site alone knows. Nothing is paid from it; what is unused can be taken back.",
} as const;

/** A false close on every screen, by what came of proving it wrong. */
export const DISPUTES = {
  sent: {
    tone: "warning",
    title: (host: string) => `${host} closes falsely: it is being answered`,
    text: "Tollpass has sent the proof to the network; once it is confirmed, all that is left comes back to you.",
  },
  locked: {
    tone: "danger",
    title: (host: string) => `Unlock to object to a false close by ${host}`,
    text: "Tollpass holds the proof and needs your key to send it.",
  },
  short_of_gas: {
    tone: "danger",
    title: (host: string) => `A fee is missing to object to a false close by ${host}`,
    text: "Tollpass holds the proof. Under Channels you see how much of the network’s coin it takes, and where to send it.",
  },
  failed: {
    tone: "danger",
    title: (host: string) => `A false close by ${host} is not answered yet`,
    text: "Sending the proof did not work; Tollpass tries again every minute.",
  },
  day_limit: {
    tone: "danger",
    title: (host: string) => `A false close by ${host} is not answered yet`,
    text: "Proofs have cost as much in fees today as Tollpass spends on them in one day; it goes on at midnight UTC. The file for a watcher (Channels) lets another machine send this one now.",
  },
  refused: {
    tone: "warning",
    title: (host: string) => `The proof against a close by ${host} was refused`,
    text: "The network’s server was most likely wrong about it.",
  },
} as const satisfies Record<Dispute["challenge"], { tone: Tone; title: (host: string) => string; text: string }>;

/** A close that the site started by itself, by what the receipts here say of it and what came of proving it wrong. */
export const PAYEE_CLOSES = {
  unchallenged:
    "The site closes it by itself. No receipt that Tollpass holds shows that it asks for too much; Tollpass goes on watching.",
  sent: "The site closes it and asks for money that it had given back before. Tollpass has sent the proof to the network: once it is confirmed, all that is left comes back to you.",
  locked:
    "The site closes it and asks for money that it had given back before. Tollpass holds the proof. Unlock Tollpass, so that it can send it.",
  short_of_gas:
    "The site closes it and asks for money that it had given back before. Tollpass holds the proof, and the fee for sending it is missing.",
  failed:
    "The site closes it and asks for money that it had given back before. Sending the proof did not work yet; Tollpass tries again by itself.",
  day_limit:
    "The site closes it and asks for money that it had given back before. Tollpass holds the proof, and proofs have cost as much in fees today as it spends on them in one day. It goes on at midnight UTC; the file for a watcher lets another machine send it now.",
  refused:
    "A network server said that the site closes it and asks for too much, and the network refused the proof: the server was most likely wrong. Tollpass goes on watching and sends no second proof against the same close.",
} as const satisfies Record<"unchallenged" | NonNullable<NonNullable<ChannelView["payeeClose"]>["challenge"]>, string>;

/** The state of a channel in one word, and what it means; whose wish a close is makes the difference. */
export function sayChannel({ status, payeeClose, found }: Pick<ChannelView, "status" | "payeeClose" | "found">): {
  word: string;
  text: string;
} {
  const state = found && status === "restored" ? FOUND : CHANNEL_STATES[status];
  return payeeClose ? { ...state, text: PAYEE_CLOSES[payeeClose.challenge ?? "unchallenged"] } : state;
}

/** Why a wish could not be carried out. */
export const PROBLEMS = {
  unanswered: () => "Tollpass did not answer in time. It may still be working on it: look again before you repeat it.",
  export_unfinished: () =>
    "Tollpass stopped answering before all receipts were there, so no file was saved. Nothing is lost: export again.",
  internal: () => "That did not work, and the reason lies in Tollpass itself. Nothing was paid. Try again.",
  wrong_password: (problem) =>
    problem.retryAfter
      ? `That is not the password. Wait ${sayDuration(problem.retryAfter * 1_000)} before you try again.`
      : "That is not the password.",
  too_many_attempts: (problem) =>
    `Too many wrong passwords. Wait ${sayDuration((problem.retryAfter ?? 1) * 1_000)} before the next one.`,
  too_weak: () => "The password needs at least 8 characters.",
  bad_phrase: () => "These words are not a recovery phrase. Look for a misspelt, missing or swapped word.",
  word_count: () => "A recovery phrase has 12, 15, 18, 21 or 24 words.",
  unknown_word: (problem) =>
    problem.detail ? `“${problem.detail}” is not a word of a recovery phrase.` : "One word does not belong here.",
  checksum: () => "These words do not belong together. Look for a swapped or mistaken word.",
  exists: () => "There is a wallet here already. Nothing was changed.",
  journal_of_another: () =>
    "The journal of another wallet is still in this browser. Go back and choose what becomes of it. Nothing was changed.",
  absent: () => "There is no wallet here yet.",
  damaged: () => "The stored wallet is damaged. Your recovery phrase brings it back.",
  unknown_account: () => "This account does not belong to the wallet.",
  too_many_accounts: () => "A wallet has at most 10 accounts.",
  storage_failed: () => "The browser could not save this. Nothing was changed.",
  locked: () => "Tollpass is locked. Unlock it first.",
  stale: () => "What is asked has changed in the meantime. Please look again.",
  gone: () => "This no longer waits.",
  no_such_offer: () => "This offer is gone. Please look again.",
  malformed: () => PREVIEW_PROBLEMS.malformed,
  below_price: () => PREVIEW_PROBLEMS.below_price,
  below_minimum_deposit: () => PREVIEW_PROBLEMS.below_minimum_deposit,
  ceiling_above_cap: () => "One request cannot cost more than the whole budget.",
  short_of_gas: (problem) =>
    problem.need && problem.have
      ? `The network’s fee for this is ${sayToken(problem.need)}, and you have ${sayToken(problem.have)}. Send some to your address and try again.`
      : "This needs a little of the network’s own coin for its fee.",
  unknown_channel: () => "This channel is not known here.",
  channel_unusable: () => "The channel is not in a state for this. Look at it again.",
  payments_pending: () => "Payments are still under way here. Try again when they have settled.",
  nothing_unused: () => "Nothing is unused here.",
  provider_unreachable: () => "The site does not answer. You can get your money without it.",
  provider_refused: () => "The site does not do this. You can get your money without it.",
  no_relayer: (problem) =>
    problem.need && problem.have
      ? `Nobody passes this on for you: the site does not, nor does a helping server of your list (Settings). You can send it yourself: the network’s fee is at most ${sayToken(problem.need)}, and you have ${sayToken(problem.have)}. Send some to your address, then choose to do it at your own cost.`
      : "Nobody passes this on for you: the site does not, nor does a helping server of your list (Settings). You can send it at your own cost; you have enough for the fee.",
  bad_relayer: (problem) =>
    `${problem.detail ? `“${problem.detail}”` : "One of these"} is no address of a server that can help. It begins with https://.`,
  unknown_site: () => "Write the address of the site, such as toll.example.",
  exit_not_due: () => "The waiting time is not over yet.",
  not_confirmed: () => "The network has not confirmed it yet. Look again in a while.",
  rpc_unreachable: () => "The network cannot be reached right now. Nothing was changed. Try again in a while.",
  refused: () => "The network’s server would not do this. Nothing was changed. Try again in a while.",
  bad_answer: () => "The network’s server gave an answer that cannot be true. Nothing was sent. Try again in a while.",
  wrong_chain: () => "The server that was asked speaks for another network. Nothing was sent. Try again in a while.",
  wrong_contract: () => "The place where the money would be kept is not the one this wallet trusts. Nothing was sent.",
  reverted: () => "The network refused this. No money was moved. Look at it again in a while.",
  timeout: () => "It was sent and is not confirmed yet. Look again in a while before you repeat it.",
  no_faucet: () => "This network gives out no test money.",
  ledger_unavailable: () => HALTS.ledger_unavailable.text,
  ledger_full: () => HALTS.ledger_full.text,
  ledger_newer: () => HALTS.ledger_newer.text,
  ledger_inconsistent: () => HALTS.ledger_inconsistent.text,
} as const satisfies Record<string, (problem: Problem) => string>;

function isProblemCode(code: string): code is keyof typeof PROBLEMS {
  return Object.hasOwn(PROBLEMS, code);
}

/** Words for any problem; an unknown code is shown with whatever words the background gave. */
export function sayProblem(problem: Problem): string {
  if (isProblemCode(problem.problem)) return PROBLEMS[problem.problem](problem);
  if (problem.detail) return problem.detail;
  if (isRefusalReason(problem.problem)) return REFUSALS[problem.problem](problem).text;
  return `That did not work. The wallet gives the reason "${problem.problem}".`;
}
