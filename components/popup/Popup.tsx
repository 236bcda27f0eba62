/** The toolbar popup: this site at a glance, what stands in the way, and the wallet in one line. */
import type { SiteView, Status } from "#messages";
import { useAnswer, useSend } from "../background/index.ts";
import { Disputes } from "../channels/Disputes.tsx";
import { GrantMeter } from "../grants/GrantMeter.tsx";
import { Amount } from "../money/index.ts";
import { PaymentLine } from "../payments/PaymentLine.tsx";
import { Button, Icon, Mark } from "../ui/index.ts";
import { RestartStrip, UnreadyPage } from "../ui/page.tsx";
import { useNow } from "../useNow.ts";
import { FaceNotice } from "./FaceNotice.tsx";
import { faceOf } from "./face.ts";
import "./popup.css";

const AGE_MS = 15_000;

export interface PopupProps {
  /** The tab in front; undefined where there is none. */
  readonly tabId: number | undefined;
  /** Opens the dashboard at a section such as "sites", and closes the popup. */
  openDashboard(section: string): void;
}

export function Popup({ tabId, openDashboard }: PopupProps) {
  const status = useAnswer("status.get", {}, { topics: ["status", "channels"] });
  const site = useAnswer(
    "site.get",
    { tabId: tabId ?? 0 },
    { topics: ["status", "payments", "grants", "approvals"], enabled: tabId !== undefined },
  );
  const ready = status.state === "ready" && (tabId === undefined || site.state === "ready");
  return (
    <main className="popup">
      <RestartStrip />
      {status.state !== "ready" ? (
        <UnreadyPage answer={status} />
      ) : ready ? (
        <Glance
          status={status.data}
          site={site.state === "ready" ? site.data : null}
          refresh={() => {
            status.refresh();
            site.refresh();
          }}
          openDashboard={openDashboard}
        />
      ) : (
        <UnreadyPage answer={site.state === "ready" ? { state: "loading" } : site} />
      )}
    </main>
  );
}

function Glance(props: {
  status: Status;
  site: SiteView | null;
  refresh(): void;
  openDashboard(section: string): void;
}) {
  const { status, site, refresh, openDashboard } = props;
  const now = useNow(AGE_MS);
  const face = faceOf(status, site);
  const shown = face.kind === "welcome" ? null : site;
  return (
    <>
      {shown ? <SiteHead site={shown} refresh={refresh} /> : <OwnHead />}
      <div className="popup-body">
        <Disputes status={status} />
        <FaceNotice face={face} site={shown} refresh={refresh} openDashboard={openDashboard} />
        {shown?.grants.map((grant) => (
          <GrantMeter key={grant.id} grant={grant} />
        ))}
        {shown && shown.recent.length > 0 ? (
          <ul className="recent" aria-label="Last payments here">
            {shown.recent.slice(0, 5).map((payment) => (
              <PaymentLine key={payment.id} payment={payment} now={now} />
            ))}
          </ul>
        ) : null}
      </div>
      {face.kind === "welcome" ? null : <WalletLine status={status} refresh={refresh} openDashboard={openDashboard} />}
    </>
  );
}

function OwnHead() {
  return (
    <header className="popup-head">
      <Mark />
      <h1>Tollpass</h1>
    </header>
  );
}

function SiteHead({ site, refresh }: { site: SiteView; refresh: () => void }) {
  const pause = useSend("site.pause");
  return (
    <header className="popup-head">
      <h1 className="grow site-name">
        <bdi>{site.host}</bdi>
        {site.connection !== "open" ? null : <span className="small insecure-word">not protected</span>}
      </h1>
      {site.never ? null : (
        <Button
          small
          isPending={pause.pending}
          onPress={async () => {
            await pause.send({ site: site.site, paused: !site.paused });
            refresh();
          }}
        >
          <Icon name={site.paused ? "play" : "pause"} />
          {site.paused ? "Go on" : "Pause"}
        </Button>
      )}
    </header>
  );
}

function WalletLine(props: { status: Status; refresh(): void; openDashboard(section: string): void }) {
  const { status, refresh, openDashboard } = props;
  const wallet = useAnswer("wallet.get", {}, { topics: ["wallet", "channels", "status"] });
  const lock = useSend("vault.lock");
  const view = wallet.state === "ready" && !("problem" in wallet.data) ? wallet.data : undefined;
  return (
    <footer className="wallet-line">
      <p className="grow">
        {view?.balance ? (
          <>
            <span className="soft">Wallet</span> <Amount money={view.balance} />
          </>
        ) : (
          <span className="soft">{view?.unreachable ? "Wallet: network not reachable" : "Wallet"}</span>
        )}
        {view && view.inChannels.atomic !== "0" ? (
          <>
            {" "}
            <span className="soft">· at sites</span> <Amount money={view.inChannels} />
          </>
        ) : null}
      </p>
      {status.vault === "unlocked" ? (
        <Button
          look="quiet"
          small
          aria-label="Lock the wallet"
          isPending={lock.pending}
          onPress={async () => {
            await lock.send({});
            refresh();
          }}
        >
          <Icon name="lock" />
        </Button>
      ) : null}
      <Button look="quiet" small onPress={() => openDashboard("sites")}>
        Dashboard
      </Button>
    </footer>
  );
}
