/** Shows the recovery phrase to whoever knows the password, and lets the person prove that it was written down. */
import { useEffect, useState } from "react";
import { useSend } from "../background/index.ts";
import { PhraseCheck } from "../onboarding/PhraseCheck.tsx";
import { PhraseWords } from "../onboarding/PhraseWords.tsx";
import { usePhraseNote } from "../onboarding/phraseNote.ts";
import { Box, Button, PasswordField } from "../ui/index.ts";
import { sayProblem } from "../words.ts";

const REVEAL_TIMEOUT_MS = 30_000;

export function RevealPhrase({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Box title="Recovery phrase" open={open} onClose={onClose} wide>
      <Reveal onClose={onClose} />
    </Box>
  );
}

function Reveal({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [phrase, setPhrase] = useState<string>();
  const [checking, setChecking] = useState(false);
  const [unchecked, setUnchecked] = usePhraseNote();
  const reveal = useSend("vault.reveal", REVEAL_TIMEOUT_MS);
  useEffect(() => () => setPhrase(undefined), []);

  if (phrase !== undefined && checking) {
    return (
      <PhraseCheck
        phrase={phrase}
        onPassed={() => {
          setUnchecked(false);
          onClose();
        }}
        onBack={() => setChecking(false)}
      />
    );
  }
  if (phrase !== undefined) {
    return (
      <>
        <PhraseWords phrase={phrase} />
        <div className="actions">
          <Button onPress={onClose}>Close</Button>
          {unchecked ? (
            <Button look="primary" onPress={() => setChecking(true)}>
              I have written it down
            </Button>
          ) : null}
        </div>
      </>
    );
  }
  return (
    <form
      className="stack"
      onSubmit={async (event) => {
        event.preventDefault();
        setPassword("");
        const reply = await reveal.send({ password });
        if (reply) setPhrase(reply.phrase);
      }}
    >
      <p>Make sure that nobody looks over your shoulder and no screen is shared.</p>
      <PasswordField
        label="Password"
        value={password}
        onChange={setPassword}
        autoFocus
        fault={reveal.problem ? sayProblem(reveal.problem) : undefined}
      />
      <div className="actions">
        <Button onPress={onClose}>Not now</Button>
        <Button type="submit" look="primary" isPending={reveal.pending} isDisabled={password === ""}>
          Show it
        </Button>
      </div>
    </form>
  );
}
