/** The full page: the first steps where there is no wallet yet, and else everything there is to see and change. */

import { useEffect, useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import type { Status } from "#messages";
import { useAnswer, useSend } from "../background/index.ts";
import { Channels } from "../channels/Channels.tsx";
import { Disputes } from "../channels/Disputes.tsx";
import { History } from "../history/History.tsx";
import { Onboarding } from "../onboarding/Onboarding.tsx";
import { PhraseReminder } from "../onboarding/PhraseReminder.tsx";
import { JournalKept } from "../settings/DeleteWallet.tsx";
import { Settings } from "../settings/Settings.tsx";
import { Sites } from "../sites/Sites.tsx";
import { Box, Button, Icon, Mark, Notice } from "../ui/index.ts";
import { RestartStrip, UnreadyPage } from "../ui/page.tsx";
import { UnlockForm } from "../unlock/UnlockForm.tsx";
import { Wallet } from "../wallet/Wallet.tsx";
import { HALTS } from "../words.ts";
import { type Place, readHash, SECTIONS, writeHash } from "./section.ts";
import "./dashboard.css";

export function Dashboard() {
  const status = useAnswer("status.get", {}, { topics: ["status", "channels"] });
  const [arriving, setArriving] = useState(false);
  const [journalKept, setJournalKept] = useState(false);
  if (status.state !== "ready") {
    return (
      <main className="dashboard">
        <UnreadyPage answer={status} />
      </main>
    );
  }
  // Creating the wallet changes the status in mid-way; the first steps stay until they are through.
  if (status.data.vault === "absent" || arriving) {
    return (
      <>
        {journalKept && !arriving ? <JournalKept /> : null}
        <Onboarding
          status={status.data}
          onBegin={() => {
            setJournalKept(false);
            setArriving(true);
          }}
          onReady={() => {
            setArriving(false);
            status.refresh();
          }}
        />
      </>
    );
  }
  return <Rooms status={status.data} refresh={status.refresh} onJournalKept={() => setJournalKept(true)} />;
}

function usePlace(): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => readHash(location.hash));
  useEffect(() => {
    const follow = () => setPlace(readHash(location.hash));
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  const go = (next: Place) => {
    setPlace(next);
    history.replaceState(null, "", writeHash(next));
  };
  return [place, go];
}

interface RoomsProps {
  readonly status: Status;
  refresh(): void;
  onJournalKept(): void;
}

function Rooms({ status, refresh, onJournalKept }: RoomsProps) {
  const [place, go] = usePlace();
  const showHistory = (site: string) => go({ section: "history", detail: site });
  return (
    <main className="dashboard">
      <RestartStrip />
      <Header status={status} refresh={refresh} />
      <PhraseReminder onOpen={() => go({ section: "wallet" })} />
      <Tabs
        className="rooms"
        selectedKey={place.section}
        onSelectionChange={(key) => {
          const section = SECTIONS.find((known) => known.id === key);
          if (section) go({ section: section.id });
        }}
      >
        <TabList aria-label="Sections" className="tab-list">
          {SECTIONS.map((section) => (
            <Tab key={section.id} id={section.id} className="tab">
              {section.name}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="sites" className="room">
          <Sites showHistory={showHistory} />
        </TabPanel>
        <TabPanel id="channels" className="room">
          <Channels />
        </TabPanel>
        <TabPanel id="history" className="room">
          <History
            site={place.section === "history" ? place.detail : undefined}
            onSite={(site) => go(site === undefined ? { section: "history" } : { section: "history", detail: site })}
          />
        </TabPanel>
        <TabPanel id="wallet" className="room">
          <Wallet status={status} />
        </TabPanel>
        <TabPanel id="settings" className="room">
          <Settings status={status} onJournalKept={onJournalKept} />
        </TabPanel>
      </Tabs>
    </main>
  );
}

function Header({ status, refresh }: { status: Status; refresh: () => void }) {
  const pause = useSend("pause.set");
  const lock = useSend("vault.lock");
  const [unlocking, setUnlocking] = useState(false);
  const locked = status.vault === "locked";
  return (
    <>
      <header className="dashboard-head">
        <Mark size={32} />
        <h1 className="grow">Tollpass</h1>
        {status.network.testnet ? <span className="network small">{status.network.name}: test money</span> : null}
        <Button
          small
          isPending={pause.pending}
          onPress={async () => {
            await pause.send({ paused: !status.pausedAll });
            refresh();
          }}
        >
          <Icon name={status.pausedAll ? "play" : "pause"} />
          {status.pausedAll ? "Go on" : "Pause everything"}
        </Button>
        {locked ? (
          <Button small look="primary" onPress={() => setUnlocking(true)}>
            Unlock
          </Button>
        ) : (
          <Button
            small
            isPending={lock.pending}
            onPress={async () => {
              await lock.send({});
              refresh();
            }}
          >
            <Icon name="lock" />
            Lock
          </Button>
        )}
      </header>
      <Disputes status={status} />
      {status.halted ? (
        <Notice tone="danger" title={HALTS[status.halted].title}>
          <p>{HALTS[status.halted].text}</p>
        </Notice>
      ) : null}
      {status.pausedAll ? (
        <Notice icon="pause" title="Everything is paused">
          <p>Nothing is paid anywhere until you go on.</p>
        </Notice>
      ) : null}
      {locked ? (
        <Notice icon="lock" title="Tollpass is locked">
          <p>You can look around. To pay, add money or get money back, unlock it.</p>
        </Notice>
      ) : null}
      <Box title="Unlock Tollpass" open={unlocking && locked} onClose={() => setUnlocking(false)}>
        <UnlockForm
          onUnlocked={() => {
            setUnlocking(false);
            refresh();
          }}
        />
      </Box>
    </>
  );
}
