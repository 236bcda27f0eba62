/** The budget part of a question: how much, for how long, how much for one request, and what that sets aside. */
import type { ApprovalView, Money, Period } from "#messages";
import { useAnswer } from "../background/index.ts";
import { normalizeTyped, PERIODS, say, toTyped } from "../money/index.ts";
import { Choose, MoneyField } from "../ui/index.ts";
import { PREVIEW_PROBLEMS } from "../words.ts";

/** What the person has typed so far. */
export interface Budget {
  readonly cap: string;
  readonly perRequest: string;
  readonly period: Period;
}

export function startBudget({ suggested }: ApprovalView): Budget {
  return { cap: toTyped(suggested.cap), perRequest: toTyped(suggested.perRequest), period: suggested.period };
}

function usePreview(approval: ApprovalView, offer: number, budget: Budget, enabled: boolean) {
  return useAnswer(
    "approval.preview",
    { approvalId: approval.id, offer, cap: normalizeTyped(budget.cap), period: budget.period },
    { topics: ["approvals", "wallet"], enabled: enabled && budget.cap.length <= 32 },
  );
}

export function BudgetChoice(props: {
  budget: Budget;
  onChange(budget: Budget): void;
  approval: ApprovalView;
  offer: number;
  cap: bigint | undefined;
}) {
  const { budget, onChange, approval, offer, cap } = props;
  const preview = usePreview(approval, offer, budget, cap !== undefined);
  const price = approval.offers[offer]?.price;
  const problem = preview.state === "ready" ? preview.data.problem : undefined;
  const fault = cap === undefined ? PREVIEW_PROBLEMS.malformed : problem ? PREVIEW_PROBLEMS[problem] : undefined;
  const note =
    preview.state === "ready" && !problem && preview.data.requests > 1
      ? `Enough for about ${preview.data.requests.toLocaleString("en")} at this price.`
      : " ";
  return (
    <div className="budget-row">
      <MoneyField
        label="Up to"
        unit={price?.dollar === false ? price.symbol : undefined}
        value={budget.cap}
        onChange={(text) => onChange({ ...budget, cap: text })}
        fault={fault}
        note={fault ? undefined : note}
      />
      <Choose
        label="For how long"
        options={PERIODS}
        value={budget.period}
        onChange={(period) => onChange({ ...budget, period })}
      />
    </div>
  );
}

export function PerRequest(props: {
  budget: Budget;
  onChange(budget: Budget): void;
  price: Money;
  parsed: bigint | undefined;
}) {
  const { budget, onChange, price, parsed } = props;
  const fault =
    parsed === undefined
      ? PREVIEW_PROBLEMS.malformed
      : parsed < BigInt(price.atomic)
        ? `This one costs ${say(price)}.`
        : undefined;
  return (
    <MoneyField
      label="Per request at most"
      unit={price.dollar ? undefined : price.symbol}
      value={budget.perRequest}
      onChange={(text) => onChange({ ...budget, perRequest: text })}
      fault={fault}
    />
  );
}

/** What is put aside at once; schemes that put nothing aside say nothing. */
export function SetsAside(props: { approval: ApprovalView; offer: number; budget: Budget; enabled: boolean }) {
  const preview = usePreview(props.approval, props.offer, props.budget, props.enabled);
  const aside = preview.state === "ready" ? preview.data.setsAside : undefined;
  return (
    <p className="soft sets-aside">
      {aside && BigInt(aside.atomic) > 0n ? `Sets aside ${say(aside)} now; what is not used comes back.` : " "}
    </p>
  );
}
