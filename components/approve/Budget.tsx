/** The budget part of a question: how much, for how long, how much for one request, and what that sets aside. */
import type { ApprovalView, Money, Period, Preview } from "#messages";
import { useAnswer } from "../background/index.ts";
import { EACH, normalizeTyped, PERIODS, say, toTyped } from "../money/index.ts";
import { Choose, MoneyField, Switch } from "../ui/index.ts";
import { PREVIEW_PROBLEMS } from "../words.ts";

/** What the person has typed so far. */
export interface Budget {
  readonly cap: string;
  readonly perRequest: string;
  readonly period: Period;
  /** The same again with each new period. */
  readonly renews: boolean;
}

export function startBudget({ suggested }: ApprovalView): Budget {
  const { cap, perRequest, period, renews } = suggested;
  return { cap: toTyped(cap), perRequest: toTyped(perRequest), period, renews };
}

function usePreview(approval: ApprovalView, offer: number, budget: Budget, enabled: boolean) {
  return useAnswer(
    "approval.preview",
    { approvalId: approval.id, offer, cap: normalizeTyped(budget.cap), period: budget.period },
    { topics: ["approvals", "wallet"], enabled: enabled && budget.cap.length <= 32 },
  );
}

/** What a yes to the waiting requests alone sets aside, where that is more than they cost. */
export function OnceNote({ approval, offer, sum }: { approval: ApprovalView; offer: number; sum: Money }) {
  const preview = useAnswer(
    "approval.preview",
    { approvalId: approval.id, offer, cap: toTyped(sum), period: "once", once: true },
    { topics: ["approvals", "wallet"] },
  );
  if (preview.state !== "ready") return null;
  const { setsAside, problem } = preview.data;
  if (problem) return <p className="small soft">{PREVIEW_PROBLEMS[problem]}</p>;
  if (!setsAside || BigInt(setsAside.atomic) <= BigInt(sum.atomic)) return null;
  return <p className="small soft">Sets aside {say(setsAside)} now; what is not used comes back.</p>;
}

export function BudgetFields(props: {
  budget: Budget;
  onChange(budget: Budget): void;
  approval: ApprovalView;
  offer: number;
  price: Money;
  /** What was typed, in atomic units; undefined where it is no amount. */
  cap: bigint | undefined;
  perRequest: bigint | undefined;
}) {
  const { budget, onChange, approval, offer, price, cap, perRequest } = props;
  const preview = usePreview(approval, offer, budget, cap !== undefined);
  const problem = preview.state === "ready" ? preview.data.problem : undefined;
  const unit = price.dollar ? undefined : price.symbol;
  const perRequestFault =
    perRequest === undefined
      ? PREVIEW_PROBLEMS.malformed
      : perRequest < BigInt(price.atomic)
        ? `This one costs ${say(price)}.`
        : undefined;
  return (
    <div className="budget">
      <MoneyField
        label="Up to"
        unit={unit}
        value={budget.cap}
        onChange={(text) => onChange({ ...budget, cap: text })}
        fault={cap === undefined ? PREVIEW_PROBLEMS.malformed : problem ? PREVIEW_PROBLEMS[problem] : undefined}
      />
      <Choose
        label="For how long"
        options={PERIODS}
        value={budget.period}
        onChange={(period) => onChange({ ...budget, period })}
      />
      <MoneyField
        label="Each at most"
        unit={unit}
        value={budget.perRequest}
        onChange={(text) => onChange({ ...budget, perRequest: text })}
        fault={perRequestFault}
      />
      {budget.period === "once" ? null : (
        <div className="meaning">
          <Switch isSelected={budget.renews} onChange={(renews) => onChange({ ...budget, renews })}>
            Renews: the same again {EACH[budget.period]}, without asking
          </Switch>
        </div>
      )}
      <p className="soft meaning">{preview.state === "ready" && !problem ? meaningOf(preview.data) : ""}</p>
    </div>
  );
}

/** What the budget would mean; schemes that put nothing aside say nothing about it. */
function meaningOf({ requests, setsAside }: Preview): string {
  const enough = requests > 1 ? `Enough for about ${requests.toLocaleString("en")} at this price. ` : "";
  const aside =
    setsAside && BigInt(setsAside.atomic) > 0n ? `Sets aside ${say(setsAside)} now; what is not used comes back.` : "";
  return `${enough}${aside}`;
}
