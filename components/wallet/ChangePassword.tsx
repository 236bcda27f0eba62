/** Changes the password. The phrase and the money stay as they are. */
import { useState } from "react";
import { useSend } from "../background/index.ts";
import { MIN_PASSWORD, NewPassword } from "../onboarding/NewPassword.tsx";
import { Box, Button, Notice, PasswordField } from "../ui/index.ts";
import { sayProblem } from "../words.ts";

/** Two derivations with many rounds: one to open, one to close again. */
const CHANGE_TIMEOUT_MS = 60_000;

export function ChangePassword({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Box title="Change the password" open={open} onClose={onClose}>
      <Change onClose={onClose} />
    </Box>
  );
}

function Change({ onClose }: { onClose: () => void }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [done, setDone] = useState(false);
  const change = useSend("vault.changePassword", CHANGE_TIMEOUT_MS);
  if (done) {
    return (
      <>
        <Notice tone="good" title="The password is changed" live />
        <div className="actions">
          <Button look="primary" autoFocus onPress={onClose}>
            Close
          </Button>
        </div>
      </>
    );
  }
  return (
    <form
      className="stack"
      onSubmit={async (event) => {
        event.preventDefault();
        if (await change.send({ from, to })) setDone(true);
      }}
    >
      <PasswordField
        label="Password until now"
        value={from}
        onChange={setFrom}
        autoFocus
        fault={change.problem ? sayProblem(change.problem) : undefined}
      />
      <NewPassword label="New password" value={to} onChange={setTo} />
      <div className="actions">
        <Button onPress={onClose}>Leave as it is</Button>
        <Button
          type="submit"
          look="primary"
          isPending={change.pending}
          isDisabled={from === "" || to.length < MIN_PASSWORD}
        >
          Change
        </Button>
      </div>
    </form>
  );
}
