/** Claims about words: every code that the wallet can give has its own, and none blames or shouts. */
import { describe, expect, test } from "vitest";
import type { RefuseReason as BudgetRefusal } from "#budget";
import type { ChainErrorCode } from "#chain";
import type { ChannelProblem } from "#channels";
import { askReasonSchema, haltSchema, type Money, paymentStateSchema } from "#messages";
import type { CheatReason, RefuseReason, UnknownReason, Unpayable } from "#schemes";
import type { VaultErrorCode } from "#vault";
import {
  ASK_REASONS,
  CHANNEL_STATES,
  HALTS,
  PAYEE_CLOSES,
  PAYMENT_STATES,
  PROBLEMS,
  REFUSALS,
  sayProblem,
  sayRefusal,
  sayState,
} from "./words.ts";

const usd = (atomic: string): Money => ({ atomic, decimals: 6, symbol: "USDC", dollar: true });
const facts = { amount: usd("50000"), was: usd("2000"), need: usd("500000"), have: usd("400") };

/** What the background maps before it reaches a screen. */
type Renamed = "insufficient_balance" | "over_budget" | "min_deposit" | "channels_disabled";

/** The compiler refuses this list when the wallet learns a new reason that is not in it. */
const REASONS: Record<Exclude<Unpayable | RefuseReason, Renamed> | CheatReason | UnknownReason, true> = {
  unknown_scheme: true,
  unknown_network: true,
  network_disabled: true,
  unknown_asset: true,
  asset_mismatch: true,
  unknown_contract: true,
  insecure_origin: true,
  resource_mismatch: true,
  headers_disagree: true,
  terms_unacceptable: true,
  receipts_origin: true,
  malformed_extra: true,
  deposit_not_allowed: true,
  channel_unusable: true,
  amount_too_large: true,
  receipt_forged: true,
  receipt_of_other_request: true,
  receipt_overcharged: true,
  receipt_uncredited: true,
  no_receipt: true,
  refused_402: true,
  lost_answer: true,
  nonce_used: true,
  server_failed: true,
};

/** Reasons that come from elsewhere than the schemes. */
const OTHERS = [
  "malformed_402",
  "plain_headers_only",
  "price_too_high",
  "over_budget",
  "too_little_money",
  "locked",
  "paused",
  "never",
  "quiet",
  "daily_ceiling",
  "rpc_unreachable",
  "refused_again",
  "minimum_deposit",
  "ledger_unavailable",
  "ledger_full",
  "ledger_newer",
  "ledger_inconsistent",
  "relay_unavailable",
  "deposit_refused",
  "short_of_gas",
  "channel_busy",
  "wrong_chain",
  "wrong_contract",
  "no_wallet",
  "wallet_damaged",
  "internal",
];

const PROBLEM_CODES: Record<Exclude<ChainErrorCode, "unreachable"> | ChannelProblem | VaultErrorCode, true> = {
  refused: true,
  bad_answer: true,
  wrong_chain: true,
  wrong_contract: true,
  reverted: true,
  short_of_gas: true,
  timeout: true,
  unknown_channel: true,
  channel_unusable: true,
  payments_pending: true,
  nothing_unused: true,
  provider_unreachable: true,
  provider_refused: true,
  no_relayer: true,
  unknown_site: true,
  exit_not_due: true,
  not_confirmed: true,
  locked: true,
  wrong_password: true,
  too_many_attempts: true,
  absent: true,
  exists: true,
  damaged: true,
  too_weak: true,
  bad_phrase: true,
  unknown_account: true,
  storage_failed: true,
};

function calm(text: string) {
  expect(text).not.toMatch(/\berror\b|failed|invalid|!|undefined|NaN|\[object/i);
  expect(text.trim()).toBe(text);
  // The field's own terms stand under "Details" only.
  expect(text).not.toMatch(
    /\b(?:(?:block)?chains?|on-chain|contracts?|payees?|payers?|vouchers?|nonces?|gas|wei|gwei|RPC|EIP|CAIP|hash|calldata|escrow|facilitator|relay(?:s|ed|er)?|transactions?|atomic|signed)\b/i,
  );
}

describe("words", () => {
  test.each([...Object.keys(REASONS), ...OTHERS])("%s has words of its own", (reason) => {
    expect(Object.hasOwn(REFUSALS, reason)).toBe(true);
    for (const known of [facts, {}]) {
      const { title, text } = sayRefusal(reason, known);
      calm(title);
      calm(text);
      expect(title.length).toBeGreaterThan(5);
      expect(text).toMatch(/\.$/);
    }
  });

  test("no two reasons share their words", () => {
    const { refused_402: _twin, ...rest } = REFUSALS;
    const texts = Object.values(rest).map((words) => words(facts).text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  test("a reason of tomorrow is shown with its code and stays calm", () => {
    const { title, text } = sayRefusal("moon_phase", {});
    calm(title);
    expect(text).toContain("moon_phase");
  });

  test("too little money says what is needed and what is there", () => {
    const { text } = sayRefusal("too_little_money", facts);
    expect(text).toContain("50\u00a0¢");
    expect(text).toContain("0.04\u00a0¢");
  });

  test.each(askReasonSchema.options)("being asked because of %s has its words", (reason) => {
    const text = ASK_REASONS[reason]({ was: usd("2000"), left: usd("400"), total: usd("50000"), price: "5 ¢" });
    calm(text);
    if (reason !== "first_time") expect(text).not.toBe("");
  });

  test("a price that rose names both prices", () => {
    expect(ASK_REASONS.price_rise({ was: usd("2000"), total: usd("50000"), price: "5 ¢" })).toBe(
      "It was 0.2\u00a0¢, now it is 5 ¢.",
    );
  });

  test("a budget that is used up is not called one of which some is left", () => {
    const asked = { total: usd("50000"), price: "5 ¢" };
    expect(ASK_REASONS.over_budget({ ...asked, left: usd("0") })).toBe("Nothing is left of your budget here.");
    expect(ASK_REASONS.over_budget({ ...asked, left: usd("400") })).toContain("Only 0.04\u00a0¢");
    expect(REFUSALS.over_budget({ have: usd("0") }).text).not.toContain("$0.00");
  });

  test.each([...Object.keys(PROBLEM_CODES), ...Object.keys(PROBLEMS)])("%s says what can be done", (problem) => {
    expect(Object.hasOwn(PROBLEMS, problem)).toBe(true);
    calm(sayProblem({ problem }));
    calm(sayProblem({ problem, need: usd("1"), have: usd("0"), retryAfter: 4, detail: "word" }));
  });

  test("what a receipt says cost nothing is not called unpaid; what was never sent is", () => {
    expect(sayState({ state: "refused", reason: undefined }).word).toBe("no charge");
    expect(sayState({ state: "refused", reason: "interrupted" }).word).toBe("not paid");
    for (const state of paymentStateSchema.options) {
      for (const reason of [undefined, "interrupted"]) calm(sayState({ state, reason }).text);
    }
  });

  test("every state of a channel and of a payment is said calmly", () => {
    for (const text of Object.values(PAYEE_CLOSES)) calm(text);
    for (const { word, text } of [...Object.values(CHANNEL_STATES), ...Object.values(PAYMENT_STATES)]) {
      calm(word);
      calm(text);
    }
  });

  test.each(haltSchema.options)("a stop because of %s says that nothing is paid", (halt) => {
    expect(HALTS[halt].title).toMatch(/^Nothing is paid/);
    calm(HALTS[halt].text);
  });

  test("every refusal of the budget room reaches a screen that has words for it", () => {
    const renamed: Record<BudgetRefusal["code"], string> = {
      everything_paused: "paused",
      site_paused: "paused",
      never_here: "never",
      site_quiet: "quiet",
      daily_ceiling: "daily_ceiling",
    };
    for (const reason of Object.values(renamed)) expect(Object.hasOwn(REFUSALS, reason)).toBe(true);
  });
});
