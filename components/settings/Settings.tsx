/** What holds for all sites: locking, the daily ceiling, and the two ways to stop everything. */

import { useState } from "react";
import type { Settings as SettingsView, Status } from "#messages";
import { useAnswer, useSend } from "../background/index.ts";
import { normalizeTyped } from "../money/index.ts";
import { Button, Choose, Confirm, MoneyField, Notice, ProblemNote, Switch } from "../ui/index.ts";
import { Unready } from "../ui/page.tsx";
import { PREVIEW_PROBLEMS } from "../words.ts";
import { DeleteWallet } from "./DeleteWallet.tsx";
import { Relayers } from "./Relayers.tsx";

/** Amounts of the ceiling are dollars; no token in use has more decimals. */
const AMOUNT = /^[0-9]{1,9}(\.[0-9]{1,6})?$/;

export function Settings({ status, onJournalKept }: { status: Status; onJournalKept: () => void }) {
  const settings = useAnswer("settings.get", {}, { topics: ["status"] });
  // What cannot be told without the journal is left out; the end of the wallet needs none.
  const halted = status.halted !== undefined;
  if (settings.state !== "ready" && !halted) return <Unready answer={settings} />;
  return (
    <div className="cards">
      {settings.state === "ready" ? (
        <>
          <section className="card stack" aria-label="Safety">
            <Safety settings={settings.data} refresh={settings.refresh} />
          </section>
          <section className="card stack" aria-label="Stop">
            <Stop status={status} />
          </section>
          <section className="card stack" aria-label="When a site is gone">
            <Relayers />
          </section>
        </>
      ) : null}
      <section className="card stack" aria-label="Delete">
        <DeleteWallet halted={halted} onJournalKept={onJournalKept} />
      </section>
      <p className="soft small">
        Tollpass {status.version} · {status.network.name}
      </p>
    </div>
  );
}

const LOCK_CHOICES = [
  { minutes: 5, name: "After 5 minutes" },
  { minutes: 15, name: "After 15 minutes" },
  { minutes: 60, name: "After an hour" },
  { minutes: 480, name: "After 8 hours" },
  { minutes: 0, name: "Never" },
];

const TOLERANCES = [
  { percent: 0, name: "whenever it rises" },
  { percent: 10, name: "when it rises by more than 10 %" },
  { percent: 25, name: "when it rises by more than 25 %" },
  { percent: 50, name: "when it rises by more than half" },
  { percent: 100, name: "when it more than doubles" },
];

function Safety({ settings, refresh }: { settings: SettingsView; refresh: () => void }) {
  const set = useSend("settings.set");
  const [ceiling, setCeiling] = useState(settings.dailyCeiling);
  const typed = normalizeTyped(ceiling);
  const fault = typed === "" || AMOUNT.test(typed) ? undefined : PREVIEW_PROBLEMS.malformed;
  const save = async (change: Partial<SettingsView>) => {
    await set.send({ ...settings, ...change });
    refresh();
  };
  const known = LOCK_CHOICES.some((choice) => choice.minutes === settings.autoLockMinutes);
  const choices = [
    ...(known ? [] : [{ minutes: settings.autoLockMinutes, name: `After ${settings.autoLockMinutes} minutes` }]),
    ...LOCK_CHOICES,
  ];
  const { tolerancePercent: percent } = settings;
  const listed = TOLERANCES.some((tolerance) => tolerance.percent === percent);
  const tolerances = [...(listed ? [] : [{ percent, name: `when it rises by more than ${percent} %` }]), ...TOLERANCES];
  return (
    <>
      <h2>Safety</h2>
      <Choose
        label="Lock by itself"
        options={choices.map((choice) => ({ id: String(choice.minutes), name: choice.name }))}
        value={String(settings.autoLockMinutes)}
        onChange={(id) => save({ autoLockMinutes: Number(id) })}
      />
      {settings.autoLockMinutes === 0 ? (
        <Notice tone="warning">
          <p>Whoever sits down at this computer can spend from the wallet.</p>
        </Notice>
      ) : null}
      <form
        className="ceiling"
        onSubmit={(event) => {
          event.preventDefault();
          if (!fault) save({ dailyCeiling: typed });
        }}
      >
        <MoneyField
          label="All sites together, a day at most"
          value={ceiling}
          onChange={setCeiling}
          fault={fault}
          note={typed === "" ? "Empty: no ceiling beside the budgets." : "No budget of a site goes past this."}
        />
        <Button type="submit" isPending={set.pending} isDisabled={!!fault || typed === settings.dailyCeiling}>
          Save
        </Button>
      </form>
      <Choose
        label="A price that you accepted: ask again"
        options={tolerances.map(({ percent, name }) => ({ id: String(percent), name }))}
        value={String(settings.tolerancePercent)}
        onChange={(id) => save({ tolerancePercent: Number(id) })}
      />
      <ProblemNote problem={set.problem} />
    </>
  );
}

function Stop({ status }: { status: Status }) {
  const pause = useSend("pause.set");
  const revokeAll = useSend("grants.revokeAll");
  const [asking, setAsking] = useState(false);
  const [revoked, setRevoked] = useState(false);
  return (
    <>
      <h2>Stop</h2>
      <Switch isSelected={status.pausedAll} isDisabled={pause.pending} onChange={(paused) => pause.send({ paused })}>
        Pause everything
      </Switch>
      <div className="row">
        <Button onPress={() => setAsking(true)}>Revoke all budgets</Button>
      </div>
      {revoked ? <Notice tone="good" title="No site has a budget any more" live /> : null}
      <ProblemNote problem={pause.problem ?? revokeAll.problem} />
      <Confirm
        open={asking}
        title="Revoke the budgets of all sites?"
        consequence="Every site has to ask you again before its next payment. Money set aside stays under Channels until you take it back."
        action="Revoke all"
        pending={revokeAll.pending}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          setRevoked((await revokeAll.send({})) !== undefined);
          setAsking(false);
        }}
      />
    </>
  );
}
