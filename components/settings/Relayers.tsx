/** Servers that send an exit to the network where its site does not, so that no coin is needed for the fee. */
import { useState } from "react";
import { useAnswer, useSend } from "../background/index.ts";
import { Button, TextField } from "../ui/index.ts";
import { Unready } from "../ui/page.tsx";
import { sayProblem } from "../words.ts";

export function Relayers() {
  const stored = useAnswer("relayers.get", {}, { topics: [] });
  if (stored.state !== "ready") return <Unready answer={stored} />;
  const { relayers } = stored.data;
  return <List key={relayers.join(" ")} relayers={relayers} refresh={stored.refresh} />;
}

function List({ relayers, refresh }: { relayers: readonly string[]; refresh: () => void }) {
  const set = useSend("relayers.set");
  const [text, setText] = useState(relayers.join("\n"));
  const typed = text.split(/\s+/).filter((address) => address !== "");
  const tooMany = typed.length > 8 ? "At most eight." : undefined;
  return (
    <>
      <h2>When a site is gone</h2>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          if (!tooMany && (await set.send({ relayers: typed }))) refresh();
        }}
      >
        <TextField
          label="Helping servers, one address a line"
          lines={2}
          value={text}
          onChange={(next) => {
            set.clear();
            setText(next);
          }}
          autoComplete="off"
          spellCheck="false"
          fault={tooMany ?? (set.problem ? sayProblem(set.problem) : undefined)}
          note="If a site does not send your request for your money to the network, these servers are asked to, so that you need no coin for the fee. They see which channel you leave and can take nothing."
        />
        <div className="row">
          <Button
            type="submit"
            aria-label="Save helping servers"
            isPending={set.pending}
            isDisabled={typed.join(" ") === relayers.join(" ")}
          >
            Save
          </Button>
        </div>
      </form>
    </>
  );
}
