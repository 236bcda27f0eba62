/** Changes a grant in place. What was spent stays spent. */

import { useState } from "react";
import type { GrantView, Period } from "#messages";
import { useSend } from "../background/index.ts";
import { normalizeTyped, PERIODS, readTyped, smallerTyped, toTyped } from "../money/index.ts";
import { Button, Choose, MoneyField, ProblemNote } from "../ui/index.ts";
import { PREVIEW_PROBLEMS } from "../words.ts";
import { GrantLimits, readLimits, typedLimits } from "./GrantLimits.tsx";

export function GrantEdit({ grant, onDone }: { grant: GrantView; onDone: () => void }) {
  const [cap, setCap] = useState(() => toTyped(grant.cap));
  const [perRequest, setPerRequest] = useState(() => (grant.perRequest ? toTyped(grant.perRequest) : ""));
  const [period, setPeriod] = useState<Period>(grant.period);
  const [typed, setTyped] = useState(() => typedLimits(grant.limits));
  const edit = useSend("grant.edit");
  const limits = readLimits(typed);
  const { decimals } = grant.cap;
  const unit = grant.cap.dollar ? undefined : grant.cap.symbol;
  const capFault = readTyped(cap, decimals) === undefined ? PREVIEW_PROBLEMS.malformed : undefined;
  const perFault =
    perRequest.trim() !== "" && readTyped(perRequest, decimals) === undefined ? PREVIEW_PROBLEMS.malformed : undefined;
  const save = async () => {
    if (capFault || perFault || !limits) return;
    const done = await edit.send({
      grantId: grant.id,
      cap: normalizeTyped(cap),
      ...(perRequest.trim() === "" ? {} : { perRequest: smallerTyped(perRequest, cap, decimals) }),
      period,
      limits: { ...limits, renews: limits.renews && period !== "once" },
    });
    if (done) onDone();
  };
  return (
    <form
      className="grant-edit"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className="grant-fields">
        <MoneyField label="Up to" unit={unit} value={cap} onChange={setCap} fault={capFault} autoFocus />
        <Choose<Period> label="For how long" options={PERIODS} value={period} onChange={setPeriod} />
        <MoneyField label="Each at most" unit={unit} value={perRequest} onChange={setPerRequest} fault={perFault} />
      </div>
      <GrantLimits limits={typed} period={period} onChange={setTyped} />
      <ProblemNote problem={edit.problem} />
      <div className="row">
        <span className="grow" />
        <Button small onPress={onDone}>
          Leave as it is
        </Button>
        <Button
          type="submit"
          look="primary"
          small
          isPending={edit.pending}
          isDisabled={!!(capFault || perFault) || !limits}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
