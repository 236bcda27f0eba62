/** Mounts a page of the extension: the line to the background, and words for the time when nobody answers there. */

import { type ReactNode, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { ask, watchChanges } from "#messages";
import { type Answer, BackgroundProvider, useLine } from "../background/index.ts";
import { Button } from "./Button.tsx";
import { Empty, Waiting } from "./show.tsx";

/** Renders a page into #root, with the real background behind it. */
export function mount(page: ReactNode): void {
  const root = document.getElementById("root");
  if (!root) throw new Error("the page has no #root");
  createRoot(root).render(
    <StrictMode>
      <BackgroundProvider background={{ ask, watchChanges }}>{page}</BackgroundProvider>
    </StrictMode>,
  );
}

type Unanswered = Exclude<Answer<unknown>, { state: "ready" }>;

/** A whole page that has no answer yet. */
export function UnreadyPage({ answer }: { answer: Unanswered }) {
  return (
    <>
      <h1 className="unseen">Tollpass</h1>
      <Unready answer={answer} />
    </>
  );
}

/** What a part of a page shows for an answer that is not there yet. */
export function Unready({ answer }: { answer: Unanswered }) {
  switch (answer.state) {
    case "loading":
      return <Waiting />;
    case "restarting":
      return <Waiting>Tollpass is restarting. Nothing is lost.</Waiting>;
    case "silent":
      return (
        <Empty title="Tollpass does not answer">
          <p className="soft">
            Nothing is paid while it is silent. If trying again does not help, restart the browser.
          </p>
          <Button onPress={answer.retry}>Try again</Button>
        </Empty>
      );
  }
}

/** Restarts are short; only one that lasts is worth a line. */
const GRACE_MS = 600;

/** A strip over a page whose data is from before the background went away. */
export function RestartStrip() {
  const { alive } = useLine();
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (alive) return setLate(false);
    const timer = setTimeout(() => setLate(true), GRACE_MS);
    return () => clearTimeout(timer);
  }, [alive]);
  if (!late) return null;
  return (
    <p className="strip" role="status">
      <span className="spinner" aria-hidden="true" />
      Tollpass is restarting. Nothing is lost.
    </p>
  );
}
