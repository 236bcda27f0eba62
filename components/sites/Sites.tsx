/** Who may spend what: one card per site, its grants with their bars, and the ways to stop it. */

import { useState } from "react";
import { type GrantView, isProblem, type SiteRow, type WalletView } from "#messages";
import { useAnswer, useSend } from "../background/index.ts";
import { GrantMeter } from "../grants/GrantMeter.tsx";
import { Amount, say } from "../money/index.ts";
import { sayAgo } from "../time.ts";
import { Button, Choose, Confirm, Empty, Icon, ProblemNote } from "../ui/index.ts";
import { Unready } from "../ui/page.tsx";
import { useNow } from "../useNow.ts";
import { accountOptions } from "../wallet/accountNames.ts";

const AGE_MS = 30_000;

export function Sites({ showHistory }: { showHistory: (site: string) => void }) {
  const sites = useAnswer("sites.list", {}, { topics: ["grants", "payments", "approvals"] });
  const wallet = useAnswer("wallet.get", {}, { topics: ["wallet"] });
  if (sites.state !== "ready") return <Unready answer={sites} />;
  if (sites.data.length === 0) {
    return (
      <Empty title="No sites yet">
        <p className="soft">
          Open a page that asks for a small payment. Tollpass asks you once for a budget; from then on the site is
          listed here, with what it may spend and a way to stop it.
        </p>
      </Empty>
    );
  }
  return (
    <ul className="cards">
      {sites.data.map((row) => (
        <SiteCard
          key={row.site}
          row={row}
          wallet={wallet.state === "ready" && !isProblem(wallet.data) ? wallet.data : undefined}
          refresh={sites.refresh}
          showHistory={showHistory}
        />
      ))}
    </ul>
  );
}

interface SiteCardProps {
  readonly row: SiteRow;
  readonly wallet: WalletView | undefined;
  refresh(): void;
  showHistory(site: string): void;
}

function SiteCard({ row, wallet, refresh, showHistory }: SiteCardProps) {
  const now = useNow(AGE_MS);
  const pause = useSend("site.pause");
  const never = useSend("site.never");
  const again = useSend("site.askAgain");
  const revoke = useSend("grant.revoke");
  const payFrom = useSend("site.account");
  const [revoking, setRevoking] = useState<GrantView>();
  const after = async (sent: Promise<unknown>) => {
    await sent;
    refresh();
  };
  return (
    <li className="card stack">
      <div className="row">
        <h2 className="grow">
          <bdi>{row.host}</bdi>
        </h2>
        {row.never ? <Flag icon="never" word="never paid" /> : null}
        {row.paused && !row.never ? <Flag icon="pause" word="paused" /> : null}
        {row.quiet && !row.never ? <Flag icon="info" word="quiet" /> : null}
      </div>
      {row.grants.map((grant) => (
        <GrantMeter key={grant.id} grant={grant} onRevoke={() => setRevoking(grant)} />
      ))}
      {row.grants.length === 0 && !row.never ? <p className="soft">No budget. It asks before every payment.</p> : null}
      {wallet && wallet.accounts.length > 1 && !row.never ? (
        <div className="row wrap pay-from">
          <span className="soft" aria-hidden="true">
            Pays from
          </span>
          <Choose
            label={`Account that pays ${row.host}`}
            bare
            options={accountOptions(wallet.accounts)}
            value={row.account ?? wallet.address}
            isDisabled={payFrom.pending}
            onChange={(account) => after(payFrom.send({ site: row.site, account }))}
          />
          <ProblemNote problem={payFrom.problem} />
        </div>
      ) : null}
      <div className="row wrap">
        <p className="grow soft small">
          {row.spentTotal ? (
            <>
              <Amount money={row.spentTotal} /> in {row.payments} payment{row.payments === 1 ? "" : "s"}
            </>
          ) : (
            "Nothing paid yet"
          )}
          {row.lastAt === undefined ? "" : `, last ${sayAgo(row.lastAt, now)}`}
        </p>
        {row.payments > 0 ? (
          <Button look="quiet" small onPress={() => showHistory(row.site)}>
            History
          </Button>
        ) : null}
        {row.quiet && !row.never ? (
          <Button look="quiet" small onPress={() => after(again.send({ site: row.site }))}>
            Ask me again
          </Button>
        ) : null}
        {row.never ? null : (
          <Button
            look="quiet"
            small
            isPending={pause.pending}
            onPress={() => after(pause.send({ site: row.site, paused: !row.paused }))}
          >
            {row.paused ? "Go on" : "Pause"}
          </Button>
        )}
        <Button
          look="quiet"
          small
          isPending={never.pending}
          onPress={() => after(never.send({ site: row.site, never: !row.never }))}
        >
          {row.never ? "Allow it to ask" : "Never pay here"}
        </Button>
      </div>
      <Confirm
        open={revoking !== undefined}
        title={`Revoke the budget of ${row.host}?`}
        consequence={
          revoking
            ? `${say(revoking.left)} of it is unspent. The site has to ask you again before the next payment.`
            : ""
        }
        action="Revoke"
        pending={revoke.pending}
        onClose={() => setRevoking(undefined)}
        onConfirm={async () => {
          if (revoking) await after(revoke.send({ grantId: revoking.id }));
          setRevoking(undefined);
        }}
      />
    </li>
  );
}

function Flag({ icon, word }: { icon: "never" | "pause" | "info"; word: string }) {
  return (
    <span className="flag small">
      <Icon name={icon} />
      {word}
    </span>
  );
}
