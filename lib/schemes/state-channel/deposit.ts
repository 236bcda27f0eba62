/** How much a wallet puts into a channel: its own decision, within the budget, whatever a server would like. */
import { MAX_AMOUNT } from "@tollpass/protocol";
import type { RefuseReason } from "../scheme.ts";

/** A deposit lasts for at least this many requests if the budget has them. */
const REQUESTS_PER_DEPOSIT = 25n;

export type DepositChoice =
  | { readonly kind: "deposit"; readonly amount: bigint }
  | { readonly kind: "refuse"; readonly reason: RefuseReason; readonly need: bigint; readonly have: bigint };

/**
 * The amount of one deposit in atomic units: half of what is left in the budget or 25 requests' worth, whichever is
 * more, raised to `minDeposit`; never above `leftInBudget`, `balance` or `cap`. For a single request (`once`) what
 * is short or `minDeposit`, within 25 requests' worth. Refuses where that does not cover what is short or stays under `minDeposit`.
 */
export function chooseDeposit(input: {
  /** Price of one request. */
  price: bigint;
  /** What this request needs beyond what the channel holds. Default: the whole price. */
  short?: bigint | undefined;
  leftInBudget: bigint;
  balance: bigint;
  minDeposit?: bigint | undefined;
  once?: boolean | undefined;
  cap?: bigint | undefined;
}): DepositChoice {
  const { price, short = price, leftInBudget, balance, minDeposit = 0n } = input;
  const allowed = min(leftInBudget, input.cap ?? leftInBudget);
  if (short > allowed) return { kind: "refuse", reason: "over_budget", need: short, have: allowed };
  const budget = input.once ? min(onceLimit(price, short, minDeposit), input.cap ?? MAX_AMOUNT) : allowed;
  const least = max(minDeposit, short);
  if (least > budget) return { kind: "refuse", reason: "min_deposit", need: least, have: budget };
  if (least > balance) return { kind: "refuse", reason: "insufficient_balance", need: least, have: balance };
  const wanted = max(max(leftInBudget / 2n, REQUESTS_PER_DEPOSIT * price), least);
  return { kind: "deposit", amount: min(wanted, min(budget, balance)) };
}

/** A yes to one request sets aside what a server insists on, within 25 requests' worth; what is not used comes back. */
function onceLimit(price: bigint, short: bigint, minDeposit: bigint): bigint {
  return max(short, min(minDeposit, REQUESTS_PER_DEPOSIT * price));
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
