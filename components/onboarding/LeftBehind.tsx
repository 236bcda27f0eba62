/** A wallet was here before: says what of it is still out there, and wants a word typed before its journal goes. */
import { useState } from "react";
import type { LeftBehindView } from "#messages";
import { isSome, say } from "../money/index.ts";
import { Button, Notice, TextField } from "../ui/index.ts";
import { PROBLEMS } from "../words.ts";
import { Panel } from "./Panel.tsx";

const WORD = "delete";
type Journal = NonNullable<LeftBehindView["journal"]>;

/** What is set aside, of which how much no site can claim; undefined where nothing is. */
function sayMoney({ sums, channels, unreadable }: Journal): { title: string; unused: string } | undefined {
  const kept = sums.filter(({ setAside }) => isSome(setAside));
  if (kept.length === 0) return undefined;
  const aside = kept.map(({ setAside }) => say(setAside)).join(" and ");
  const free = kept.flatMap(({ unused }) => (isSome(unused) ? [say(unused)] : []));
  const where = channels === 1 ? "in one channel" : `in ${channels} channels`;
  return {
    title: `${unreadable ? "At least " : ""}${aside} is still set aside ${where}`,
    unused: free.length === 0 ? "All of it may belong to sites." : `Of that, ${free.join(" and ")} is unused.`,
  };
}

const UNREADABLE = "Parts of its journal cannot be read, so there may be more than is said here.";

/** What was found, and the way back first. */
export function LeftBehind(props: { left: LeftBehindView; onImport(): void; onCreate(): void }) {
  const { left, onImport, onCreate } = props;
  const money = left.journal && sayMoney(left.journal);
  return (
    <>
      <Notice tone="warning" title={money?.title ?? "A wallet was here before"}>
        <p>
          {money?.unused}{" "}
          {left.damaged
            ? PROBLEMS.damaged()
            : "The keys of the wallet that was here are gone from this browser, and its journal is not. Its recovery phrase brings it back."}
        </p>
        {left.journal?.unreadable ? <p>{UNREADABLE}</p> : null}
      </Notice>
      <div className="row wrap">
        <Button look="primary" autoFocus onPress={onImport}>
          Bring it back with the recovery phrase
        </Button>
        <Button onPress={onCreate}>Create a new wallet instead…</Button>
      </div>
    </>
  );
}

/** Before a wallet of another phrase, or a new one, takes the place of what is here. */
export function GiveUp(props: { left: LeftBehindView; imports: boolean; onImport(): void; onGiveUp(): void }) {
  const { left, imports, onImport, onGiveUp } = props;
  const [typed, setTyped] = useState("");
  const ready = typed.trim().toLowerCase() === WORD;
  const { journal } = left;
  const money = journal && sayMoney(journal);
  return (
    <Panel title="Delete the journal that is here?">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onGiveUp();
        }}
      >
        {imports ? <p>This recovery phrase belongs to another wallet than the journal in this browser.</p> : null}
        <Notice tone="warning" title={money?.title ?? "The journal of the wallet before is still here"}>
          <p>
            {money?.unused} It belongs to the wallet that was here before. The new one cannot get at it, and its journal
            with all budgets, the history and the receipts is deleted.
          </p>
          {journal?.unreadable ? <p>{UNREADABLE}</p> : null}
        </Notice>
        <p>
          With the recovery phrase of the wallet before you could look for the money on the chain later, but without the
          receipts nobody can object to a site that takes too much. Without that phrase it is lost. Tollpass cannot undo
          this.
        </p>
        <div className="row">
          <Button look="primary" onPress={onImport}>
            {imports ? "Use the phrase of the wallet before" : "Import your phrase instead"}
          </Button>
        </div>
        <TextField label={`Or type “${WORD}” to go on`} value={typed} onChange={setTyped} autoComplete="off" />
        <div className="row">
          <span className="grow" />
          <Button type="submit" look="danger" isDisabled={!ready}>
            Delete it and go on
          </Button>
        </div>
      </form>
    </Panel>
  );
}
