/** What a face of the popup says, and the one thing that can be done about it right here. */

import { useState } from "react";
import type { SiteView } from "#messages";
import { useSend } from "../background/index.ts";
import { GrantEdit } from "../grants/GrantEdit.tsx";
import { say } from "../money/index.ts";
import { Button, Notice } from "../ui/index.ts";
import { UnlockForm } from "../unlock/UnlockForm.tsx";
import { HALTS, sayRefusal } from "../words.ts";
import type { Face } from "./face.ts";

export interface FaceProps {
  readonly face: Face;
  readonly site: SiteView | null;
  refresh(): void;
  openDashboard(section: string): void;
}

export function FaceNotice({ face, site, refresh, openDashboard }: FaceProps) {
  switch (face.kind) {
    case "welcome":
      return (
        <>
          <p>Tollpass pays small prices on the web by itself, within budgets you set.</p>
          <Button look="primary" wide onPress={() => openDashboard("")}>
            Set it up
          </Button>
        </>
      );
    case "halted":
      return (
        <Notice tone="danger" title={HALTS[face.why].title}>
          <p>{HALTS[face.why].text}</p>
        </Notice>
      );
    case "locked":
      return (
        <>
          <Notice icon="lock" title="Tollpass is locked">
            {site?.waiting ? <p>{say(site.waiting.total)} waits here for your answer.</p> : null}
          </Notice>
          <UnlockForm onUnlocked={refresh} />
        </>
      );
    case "paused_all":
      return <PausedEverywhere refresh={refresh} />;
    case "no_site":
      return <p className="soft">There is no website in this tab.</p>;
    case "never":
      return <NeverHere site={site} refresh={refresh} />;
    case "paused":
      return (
        <Notice icon="pause" title="Paused here">
          <p>Nothing is paid on this site until you go on.</p>
        </Notice>
      );
    case "waiting":
      return <WaitingHere waiting={face.waiting} />;
    case "over_budget":
      return <OverBudget face={face} site={site} refresh={refresh} />;
    case "refused": {
      const words = sayRefusal(face.refusal.reason, face.refusal);
      return (
        <Notice tone="warning" title={words.title}>
          <p>{words.text}</p>
          {face.refusal.reason === "too_little_money" ? (
            <p>
              <Button look="quiet" small onPress={() => openDashboard("wallet")}>
                Add money
              </Button>
            </p>
          ) : null}
        </Notice>
      );
    }
    case "quiet":
      return <QuietHere site={site} refresh={refresh} />;
    case "budget":
      return null;
    case "nothing":
      return <p className="soft">This site has not asked for money. If it does, Tollpass asks you first.</p>;
  }
}

function WaitingHere({ waiting }: { waiting: NonNullable<SiteView["waiting"]> }) {
  const open = useSend("approval.open");
  return (
    <Button
      look="primary"
      wide
      isPending={open.pending}
      onPress={() => {
        open.send({ approvalId: waiting.approvalId });
      }}
    >
      {waiting.count === 1 ? "Unlock this page" : `Unlock ${waiting.count} things`}
      <span className="amount">{say(waiting.total)}</span>
    </Button>
  );
}

function OverBudget(props: { face: Extract<Face, { kind: "over_budget" }>; site: SiteView | null; refresh(): void }) {
  const [raising, setRaising] = useState(false);
  const { refusal } = props.face;
  const words = sayRefusal(refusal.reason, refusal);
  const grant = props.site?.grants.find((one) => one.left.symbol === (refusal.amount ?? one.left).symbol);
  return (
    <>
      <Notice tone="warning" title={words.title}>
        <p>{words.text}</p>
        {grant && !raising ? (
          <p>
            <Button small onPress={() => setRaising(true)}>
              Raise the budget
            </Button>
          </p>
        ) : null}
      </Notice>
      {grant && raising ? (
        <GrantEdit
          grant={grant}
          onDone={() => {
            setRaising(false);
            props.refresh();
          }}
        />
      ) : null}
    </>
  );
}

function PausedEverywhere({ refresh }: { refresh: () => void }) {
  const pause = useSend("pause.set");
  return (
    <Notice icon="pause" title="Everything is paused">
      <p>Nothing is paid anywhere until you go on.</p>
      <p>
        <Button
          small
          isPending={pause.pending}
          onPress={async () => {
            await pause.send({ paused: false });
            refresh();
          }}
        >
          Go on everywhere
        </Button>
      </p>
    </Notice>
  );
}

function NeverHere({ site, refresh }: { site: SiteView | null; refresh: () => void }) {
  const never = useSend("site.never");
  if (!site) return null;
  return (
    <Notice icon="never" title="Never paid here">
      <p>You chose that Tollpass does not pay or ask on this site.</p>
      <p>
        <Button
          small
          isPending={never.pending}
          onPress={async () => {
            await never.send({ site: site.site, never: false });
            refresh();
          }}
        >
          Allow it to ask again
        </Button>
      </p>
    </Notice>
  );
}

function QuietHere({ site, refresh }: { site: SiteView | null; refresh: () => void }) {
  const again = useSend("site.askAgain");
  if (!site) return null;
  return (
    <Notice title="Quiet here">
      <p>You said “not now” three times, so no window opens by itself on this site any more.</p>
      <p>
        <Button
          small
          isPending={again.pending}
          onPress={async () => {
            await again.send({ site: site.site });
            refresh();
          }}
        >
          Ask me again
        </Button>
      </p>
    </Notice>
  );
}
