/** The end of the wallet in this browser: says what would be lost, and wants a word typed before it does it. */
import { useState } from "react";
import { isProblem } from "#messages";
import { useAnswer, useSend } from "../background/index.ts";
import { isSome, say } from "../money/index.ts";
import { Box, Button, Notice, ProblemNote, TextField } from "../ui/index.ts";

const WORD = "delete";
/** It waits for what is being written. */
const TIMEOUT_MS = 30_000;

/**
 * `halted`: the journal is out of reach, so nobody can say what is set aside. `onJournalKept`: the keys are gone and the
 * browser kept the journal.
 */
export function DeleteWallet({ halted, onJournalKept }: { halted: boolean; onJournalKept: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <h2>Delete this wallet</h2>
      <p className="soft">
        Removes the keys, all budgets and the whole history from this browser. With the recovery phrase you can bring
        the money back later; without it nobody can.
      </p>
      <div className="row">
        <Button look="danger" onPress={() => setOpen(true)}>
          Delete this wallet…
        </Button>
      </div>
      <Box title="Delete this wallet?" open={open} onClose={() => setOpen(false)}>
        <Sure halted={halted} onKept={onJournalKept} onClose={() => setOpen(false)} />
      </Box>
    </>
  );
}

/** For where the wallet was: this section is gone with it. */
export function JournalKept() {
  return (
    <Notice tone="warning" title="The keys are deleted, the history is not">
      <p>
        The browser does not let Tollpass delete its journal now, so your payments and the sites you paid are still in
        this browser. A new wallet asks you about it before it takes its place. To be rid of it now, remove Tollpass
        from the browser.
      </p>
    </Notice>
  );
}

function Sure({ halted, onKept, onClose }: { halted: boolean; onKept: () => void; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const wallet = useAnswer("wallet.get", {});
  const wipe = useSend("vault.wipe", TIMEOUT_MS);
  const view = wallet.state === "ready" && !isProblem(wallet.data) ? wallet.data : undefined;
  const ready = typed.trim().toLowerCase() === WORD;
  return (
    <form
      className="stack"
      onSubmit={async (event) => {
        event.preventDefault();
        if (!ready) return;
        const reply = await wipe.send({ word: WORD });
        if (reply?.journalKept) onKept();
        if (reply) onClose();
      }}
    >
      {view && isSome(view.inChannels) ? (
        <Notice tone="warning" title={`${say(view.inChannels)} is still set aside at sites`}>
          <p>
            Get it back first, under Channels. Afterwards you would have to look for it on the chain with your recovery
            phrase.
          </p>
        </Notice>
      ) : null}
      {halted && view === undefined ? (
        <Notice tone="warning" title="Tollpass cannot read what is set aside at sites">
          <p>
            Its journal is out of reach. What is in channels can be looked for on the chain with your recovery phrase;
            the receipts, which answer a site that takes too much, go with the journal. Where the browser does not let
            the journal be deleted now, it stays until it can be, and a new wallet asks you about it.
          </p>
        </Notice>
      ) : null}
      <p>
        Have your recovery phrase on paper before you go on. Tollpass cannot undo this
        {view && isSome(view.balance) ? `: ${say(view.balance)} would be out of reach without the phrase` : ""}.
      </p>
      <TextField label={`Type “${WORD}” to go on`} value={typed} onChange={setTyped} autoFocus autoComplete="off" />
      <ProblemNote problem={wipe.problem} />
      <div className="actions">
        <Button onPress={onClose}>Keep it</Button>
        <Button type="submit" look="danger" isPending={wipe.pending} isDisabled={!ready}>
          Delete the wallet
        </Button>
      </div>
    </form>
  );
}
