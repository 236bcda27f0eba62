/** From nothing to a wallet that can pay: create or import, a password, the phrase on paper, some money. */

import { useState } from "react";
import { isProblem, type Status } from "#messages";
import { useAnswer, useSend } from "../background/index.ts";
import { Button, Mark, Notice, ProblemNote, TextField } from "../ui/index.ts";
import { RestartStrip, Unready } from "../ui/page.tsx";
import { AddMoney, Balance } from "../wallet/Address.tsx";
import { HALTS, sayProblem } from "../words.ts";
import { GiveUp, LeftBehind } from "./LeftBehind.tsx";
import { MIN_PASSWORD, NewPassword } from "./NewPassword.tsx";
import { Panel } from "./Panel.tsx";
import { PhraseCheck } from "./PhraseCheck.tsx";
import { PhraseWords } from "./PhraseWords.tsx";
import { setPhraseNote } from "./phraseNote.ts";
import "./onboarding.css";
import "../wallet/wallet.css";

type Step =
  | { readonly kind: "welcome" }
  | { readonly kind: "import" }
  /** The journal that is here is of another wallet, and the person has to say that it may go. */
  | { readonly kind: "give_up"; readonly phrase?: string }
  | { readonly kind: "password"; readonly phrase?: string; readonly erase?: true }
  | { readonly kind: "phrase"; readonly phrase: string }
  | { readonly kind: "check"; readonly phrase: string }
  | { readonly kind: "fund" }
  | { readonly kind: "done" };

const VAULT_TIMEOUT_MS = 30_000;

export interface OnboardingProps {
  readonly status: Status;
  /** The wallet now exists: the page must stay here although the status has changed. */
  onBegin(): void;
  /** The steps are through, or creating failed: what the status says counts again. */
  onReady(): void;
}

export function Onboarding({ status, onBegin, onReady }: OnboardingProps) {
  const [step, setStep] = useState<Step>({ kind: "welcome" });
  return (
    <main className="onboarding">
      <RestartStrip />
      <header className="onboarding-head">
        <Mark size={40} />
        <h1>Tollpass</h1>
      </header>
      {status.halted ? (
        <Notice tone="danger" title={HALTS[status.halted].title}>
          <p>{HALTS[status.halted].text}</p>
        </Notice>
      ) : null}
      <StepView step={step} go={setStep} status={status} onBegin={onBegin} onReady={onReady} />
    </main>
  );
}

function StepView(props: OnboardingProps & { step: Step; go(step: Step): void }) {
  const { step, go, status, onBegin, onReady } = props;
  const before = useAnswer("leftBehind.get", {}, { enabled: step.kind === "welcome" || step.kind === "give_up" });
  switch (step.kind) {
    case "welcome":
      return (
        <>
          <p className="lead">
            Tollpass pays small prices on the web by itself, within budgets that you set and can take back.
          </p>
          {before.state !== "ready" ? (
            <Unready answer={before} />
          ) : before.data ? (
            <LeftBehind
              left={before.data}
              onImport={() => go({ kind: "import" })}
              onCreate={() => go({ kind: before.data?.journal ? "give_up" : "password" })}
            />
          ) : (
            <div className="row wrap">
              <Button look="primary" autoFocus onPress={() => go({ kind: "password" })}>
                Create a wallet
              </Button>
              <Button onPress={() => go({ kind: "import" })}>I have a recovery phrase</Button>
            </div>
          )}
        </>
      );
    case "import":
      return (
        <Import
          onBack={() => go({ kind: "welcome" })}
          onNext={(phrase, erases) => go({ kind: erases ? "give_up" : "password", phrase })}
        />
      );
    case "give_up": {
      const { phrase } = step;
      if (before.state !== "ready") return <Unready answer={before} />;
      return (
        <GiveUp
          left={before.data ?? { damaged: false }}
          imports={phrase !== undefined}
          onImport={() => go({ kind: "import" })}
          onGiveUp={() => go({ kind: "password", erase: true, ...(phrase === undefined ? {} : { phrase }) })}
        />
      );
    }
    case "password":
      return (
        <Password
          phrase={step.phrase}
          erase={step.erase}
          onBack={() => go({ kind: "welcome" })}
          onBegin={onBegin}
          onFailed={onReady}
          onNext={(phrase) => go(phrase === undefined ? { kind: "fund" } : { kind: "phrase", phrase })}
        />
      );
    case "phrase":
      return (
        <Panel title="Write down your recovery phrase" step="2 of 3">
          <p>It is the only way to your money if this computer is lost. Nobody can give it to you again.</p>
          <PhraseWords phrase={step.phrase} />
          <div className="row wrap">
            <Button onPress={() => go({ kind: "fund" })}>Do this later</Button>
            <span className="grow" />
            <Button look="primary" onPress={() => go({ kind: "check", phrase: step.phrase })}>
              I have written it down
            </Button>
          </div>
          <p className="soft small">Later is fine for small amounts. The dashboard reminds you until it is done.</p>
        </Panel>
      );
    case "check":
      return (
        <Panel title="Check what you wrote" step="2 of 3">
          <PhraseCheck
            phrase={step.phrase}
            onBack={() => go({ kind: "phrase", phrase: step.phrase })}
            onPassed={() => {
              setPhraseNote(false);
              go({ kind: "fund" });
            }}
          />
        </Panel>
      );
    case "fund":
      return <Fund status={status} onNext={() => go({ kind: "done" })} />;
    case "done":
      return (
        <Panel title="Ready">
          <p className="lead">
            Open a paid page. Tollpass asks you once for a budget; after that the site just works until it is used up.
          </p>
          <div className="row">
            <Button look="primary" autoFocus onPress={onReady}>
              Go to the dashboard
            </Button>
          </div>
        </Panel>
      );
  }
}

function Import({ onBack, onNext }: { onBack: () => void; onNext: (phrase: string, erases: boolean) => void }) {
  const [text, setText] = useState("");
  const check = useSend("vault.checkPhrase");
  const phrase = text.trim().toLowerCase().split(/\s+/).join(" ");
  return (
    <Panel title="Your recovery phrase" step="1 of 3">
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          const checked = await check.send({ phrase });
          if (checked) onNext(phrase, checked.erases === true);
        }}
      >
        <TextField
          label="12 or 24 words, with spaces between them"
          lines={3}
          value={text}
          onChange={(next) => {
            check.clear();
            setText(next);
          }}
          autoFocus
          autoComplete="off"
          spellCheck="false"
          fault={check.problem ? sayProblem(check.problem) : undefined}
        />
        <div className="row">
          <Button onPress={onBack}>Back</Button>
          <span className="grow" />
          <Button type="submit" look="primary" isPending={check.pending} isDisabled={phrase === ""}>
            Next
          </Button>
        </div>
      </form>
    </Panel>
  );
}

/** Creates the wallet. Hands on the new phrase to be written down, or undefined for an imported one. */
function Password(props: {
  phrase?: string | undefined;
  erase?: true | undefined;
  onBack(): void;
  onBegin(): void;
  onFailed(): void;
  onNext(phrase: string | undefined): void;
}) {
  const { phrase, erase, onBack, onBegin, onFailed, onNext } = props;
  const [password, setPassword] = useState("");
  const create = useSend("vault.create", VAULT_TIMEOUT_MS);
  const reveal = useSend("vault.reveal", VAULT_TIMEOUT_MS);
  const start = async () => {
    if (password.length < MIN_PASSWORD) return;
    onBegin();
    const created = await create.send({
      password,
      ...(phrase === undefined ? {} : { phrase }),
      ...(erase ? { erase: "delete" } : {}),
    });
    if (!created) return onFailed();
    if (phrase !== undefined) return onNext(undefined);
    setPhraseNote(true);
    const shown = await reveal.send({ password });
    onNext(shown?.phrase);
  };
  return (
    <Panel title="Choose a password" step={phrase === undefined ? "1 of 3" : "2 of 3"}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <NewPassword label="Password" value={password} onChange={setPassword} autoFocus />
        <ProblemNote problem={create.problem} />
        <div className="row">
          <Button onPress={onBack}>Back</Button>
          <span className="grow" />
          <Button
            type="submit"
            look="primary"
            isPending={create.pending || reveal.pending}
            isDisabled={password.length < MIN_PASSWORD}
          >
            {phrase === undefined ? "Create the wallet" : "Bring it back"}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

/** Money that arrives from outside is announced by nobody. */
const BALANCE_MS = 3_000;

function Fund({ status, onNext }: { status: Status; onNext: () => void }) {
  const wallet = useAnswer("wallet.get", {}, { topics: ["wallet"], every: BALANCE_MS });
  const view = wallet.state === "ready" ? wallet.data : undefined;
  const funded = view && !isProblem(view) && view.balance !== undefined && BigInt(view.balance.atomic) > 0n;
  return (
    <Panel title="Add some money" step="3 of 3">
      {view === undefined ? (
        <Unready answer={wallet.state === "ready" ? { state: "loading" } : wallet} />
      ) : isProblem(view) ? (
        <ProblemNote problem={view} />
      ) : (
        <>
          <Balance wallet={view} />
          {funded ? (
            <Notice tone="good" title="The money is here" live />
          ) : (
            <AddMoney wallet={view} status={status} onAdded={wallet.refresh} />
          )}
        </>
      )}
      <div className="row">
        <span className="grow" />
        <Button look={funded ? "primary" : "plain"} onPress={onNext}>
          {funded ? "Go on" : "Later"}
        </Button>
      </div>
    </Panel>
  );
}
