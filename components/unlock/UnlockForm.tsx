/** Asks for the password and unlocks the wallet, on whichever page it is needed. */
import { type ReactNode, useState } from "react";
import { useSend } from "../background/index.ts";
import { Button, PasswordField } from "../ui/index.ts";
import { sayProblem } from "../words.ts";

/** Unlocking derives a key with many rounds; a slow machine may take a while. */
const UNLOCK_TIMEOUT_MS = 30_000;

/** `beside` stands left of the button. The password is forgotten as soon as it was sent. */
export function UnlockForm({ onUnlocked, beside }: { onUnlocked?: () => void; beside?: ReactNode }) {
  const [password, setPassword] = useState("");
  const unlock = useSend("vault.unlock", UNLOCK_TIMEOUT_MS);
  return (
    <form
      className="stack"
      onSubmit={async (event) => {
        event.preventDefault();
        if (password === "" || unlock.pending) return;
        setPassword("");
        if (await unlock.send({ password })) onUnlocked?.();
      }}
    >
      <PasswordField
        label="Password"
        value={password}
        onChange={(text) => {
          unlock.clear();
          setPassword(text);
        }}
        autoFocus
        fault={unlock.problem ? sayProblem(unlock.problem) : undefined}
      />
      <div className="row">
        {beside}
        <span className="grow" />
        <Button type="submit" look="primary" isPending={unlock.pending} isDisabled={password === ""}>
          Unlock
        </Button>
      </div>
    </form>
  );
}
