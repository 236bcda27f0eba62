/** Shows one screen state (`?state=name`), or a list of all of them. Never part of a built extension. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Approve } from "#components/approve/Approve.tsx";
import { BackgroundProvider } from "#components/background/index.ts";
import { Dashboard } from "#components/dashboard/Dashboard.tsx";
import { Popup } from "#components/popup/Popup.tsx";
import { fixtureBackground } from "./fixtureBackground.ts";
import { type GalleryState, STATES } from "./states.ts";
import "#components/ui/index.ts";

function Screen({ state }: { state: GalleryState }) {
  switch (state.page) {
    case "approve":
      return <Approve approvalId="approval-1" close={() => undefined} />;
    case "popup":
      return <Popup tabId={1} openDashboard={() => undefined} />;
    case "dashboard":
      return <Dashboard />;
  }
}

function List() {
  return (
    <main className="stack">
      <h1>Gallery</h1>
      <ul>
        {Object.entries(STATES).map(([name, state]) => (
          <li key={name}>
            <a className="link" href={`?state=${name}${state.hash ?? ""}`}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </main>
  );
}

const name = new URLSearchParams(location.search).get("state");
const state = name === null ? undefined : STATES[name];
document.title = name ?? "Gallery";
if (state) document.body.className = `page-${state.page}`;
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      {state ? (
        <BackgroundProvider background={fixtureBackground(state.answers, { silent: state.silent ?? false })}>
          <Screen state={state} />
        </BackgroundProvider>
      ) : (
        <List />
      )}
    </StrictMode>,
  );
}
