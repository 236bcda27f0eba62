/** Claims about refusals: every reason for which the wallet does not pay reaches the screens as a code with words. */
import { describe, expect, test } from "vitest";
import type { RefuseReason as BudgetRefusal } from "#budget";
import type { ChainErrorCode } from "#chain";
import type { ChannelProblem } from "#channels";
import { REFUSALS } from "#components/refusals.ts";
import type { LedgerRefusal } from "#ledger";
import { refusalViewSchema } from "#messages";
import type { Notice } from "#payment";
import type { CheatReason, RefuseReason, Unpayable } from "#schemes";
import { localNetwork } from "../../demo/chain/network.ts";
import { refusalView, SCREEN_CODES } from "./sites.ts";

/** Problems of taking money back, which no payment meets. */
type WayOut =
  | "unknown_channel"
  | "no_relayer"
  | "unknown_site"
  | "exit_not_due"
  | "nothing_unused"
  | "provider_unreachable"
  | "provider_refused";

type Code =
  | Unpayable
  | RefuseReason
  | CheatReason
  | BudgetRefusal["code"]
  | Exclude<LedgerRefusal["code"], "payee_untrusted">
  | Exclude<ChannelProblem, WayOut>
  | Extract<ChainErrorCode, "wrong_chain" | "wrong_contract" | "short_of_gas">;

/** The compiler refuses this list when a room learns a new reason that is not in it. */
const CODES: Record<Code, true> = {
  unknown_scheme: true,
  unknown_network: true,
  network_disabled: true,
  channels_disabled: true,
  unknown_asset: true,
  asset_mismatch: true,
  unknown_contract: true,
  insecure_origin: true,
  resource_mismatch: true,
  headers_disagree: true,
  terms_unacceptable: true,
  receipts_origin: true,
  malformed_extra: true,
  insufficient_balance: true,
  over_budget: true,
  min_deposit: true,
  deposit_not_allowed: true,
  channel_unusable: true,
  amount_too_large: true,
  receipt_forged: true,
  receipt_of_other_request: true,
  receipt_overcharged: true,
  receipt_uncredited: true,
  everything_paused: true,
  site_paused: true,
  never_here: true,
  site_quiet: true,
  daily_ceiling: true,
  ledger_inconsistent: true,
  payments_pending: true,
  not_confirmed: true,
  wrong_chain: true,
  wrong_contract: true,
  short_of_gas: true,
};

/** Reasons that the walk of a payment gives by itself. */
const OTHERS = [
  "malformed_402",
  "plain_headers_only",
  "no_wallet",
  "wallet_damaged",
  "locked",
  "asks_without_tab",
  "dismissed",
  "channel_busy",
  "ledger_full",
  "ledger_newer",
  "ledger_unavailable",
  "rpc_unreachable",
  "refused_again",
  "relay_unavailable",
  "deposit_refused",
  "internal",
];

const network = localNetwork({ rpcUrl: "http://127.0.0.1:1", codeHash: "0x" });
const [token] = network.tokens;
const notice: Notice = {
  at: 1,
  url: "https://news.example/a",
  reason: "insufficient_balance",
  network: network.id,
  asset: token?.address,
  amount: "50000",
  was: "2000",
  need: "500000",
  have: "400",
};
const usd = (atomic: string) => ({ atomic, decimals: 6, symbol: "USDC", dollar: true });

describe("a refusal", () => {
  test.each([...Object.keys(CODES), ...OTHERS])("because of %s has words", (reason) => {
    const view = refusalView([network], { ...notice, reason });
    expect(Object.hasOwn(REFUSALS, view.reason), view.reason).toBe(true);
    expect(refusalViewSchema.parse(view)).toEqual(view);
  });

  test("is renamed only where the wallet's own codes are finer, and to a code with words", () => {
    for (const [own, shown] of Object.entries(SCREEN_CODES)) {
      expect(Object.hasOwn(CODES, own)).toBe(true);
      expect(Object.hasOwn(REFUSALS, shown)).toBe(true);
    }
  });

  test("says its amounts in the token of the offer", () => {
    expect(refusalView([network], notice)).toEqual({
      at: 1,
      url: notice.url,
      reason: "too_little_money",
      amount: usd("50000"),
      was: usd("2000"),
      need: usd("500000"),
      have: usd("400"),
    });
  });

  test("for want of gas says what is needed in the network's coin", () => {
    const { amount, need, have } = refusalView([network], { ...notice, reason: "short_of_gas" });
    const coin = { decimals: 18, symbol: "ETH", dollar: false };
    expect([amount, need, have]).toEqual([undefined, { ...coin, atomic: "500000" }, { ...coin, atomic: "400" }]);
  });

  test("without an offer has no amounts", () => {
    const view = refusalView([network], { at: 1, url: notice.url, reason: "malformed_402", amount: "5" });
    expect(view).toEqual({ at: 1, url: notice.url, reason: "malformed_402" });
  });
});
