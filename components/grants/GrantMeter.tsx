/** One grant: how much of it is spent, when it renews, and a way to change it where it stands. */

import { useState } from "react";
import type { GrantView } from "#messages";
import { Amount, say, sayPeriod, shareOf } from "../money/index.ts";
import { sayDay } from "../time.ts";
import { Bar, Button } from "../ui/index.ts";
import { useNow } from "../useNow.ts";
import { GrantEdit } from "./GrantEdit.tsx";
import "./grants.css";

const RENEWAL_CHECK_MS = 60_000;

export function GrantMeter(props: { grant: GrantView; onRevoke?: (() => void) | undefined; startEditing?: boolean }) {
  const { grant, onRevoke, startEditing = false } = props;
  const [editing, setEditing] = useState(startEditing);
  const now = useNow(RENEWAL_CHECK_MS);
  const facts = [
    grant.payeeOrigin === grant.site ? "" : `Paid to ${hostOf(grant.payeeOrigin)}.`,
    grant.renewsAt === undefined ? "" : `Renews ${sayDay(grant.renewsAt, now)}.`,
    grant.expiresAt === undefined ? "" : `Ends ${sayDay(grant.expiresAt, now)}.`,
    grant.perRequest ? `At most ${say(grant.perRequest)} for one request.` : "",
    grant.limits.paths.length > 0 ? `Only for ${grant.limits.paths.join(", ")}.` : "",
  ].filter((fact) => fact !== "");
  return (
    <div className="grant">
      <Bar
        label={`Spent of the budget at ${grant.payeeOrigin}`}
        text={`${say(grant.spent)} of ${say(grant.cap)}`}
        share={shareOf(grant.spent, grant.cap)}
      />
      <div className="row">
        <p className="grow">
          <Amount money={grant.spent} /> <span className="soft">of</span> <Amount money={grant.cap} />{" "}
          <span className="soft">{sayPeriod(grant.period, grant.limits.renews)}</span>
        </p>
        {editing ? null : (
          <Button look="quiet" small onPress={() => setEditing(true)}>
            Change
          </Button>
        )}
        {onRevoke && !editing ? (
          <Button look="quiet" small onPress={onRevoke}>
            Revoke
          </Button>
        ) : null}
      </div>
      {facts.length > 0 ? <p className="soft small">{facts.join(" ")}</p> : null}
      {editing ? <GrantEdit grant={grant} onDone={() => setEditing(false)} /> : null}
    </div>
  );
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin;
}
