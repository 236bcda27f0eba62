/** The window that asks: finds the question, shows its card, and says when nothing waits any more. */
import { useEffect } from "react";
import { useAnswer } from "../background/index.ts";
import { Button, Empty } from "../ui/index.ts";
import { RestartStrip, UnreadyPage } from "../ui/page.tsx";
import { Card } from "./Card.tsx";
import "./approve.css";

/** `approvalId` comes from the window's address; `close` closes the window. */
export function Approve({ approvalId, close }: { approvalId: string; close: () => void }) {
  const approval = useAnswer("approval.get", { approvalId }, { topics: ["approvals", "status", "wallet"] });

  useEffect(() => {
    if (approval.state === "ready" && approval.data) document.title = `Tollpass: ${approval.data.host}`;
  }, [approval]);

  return (
    <main className="approve">
      <RestartStrip />
      {approval.state !== "ready" ? (
        <UnreadyPage answer={approval} />
      ) : approval.data === null ? (
        <>
          <h1 className="unseen">Tollpass</h1>
          <Empty title="Nothing waits any more">
            <p className="soft">The page was closed, or this was answered already. Nothing was paid from here.</p>
            <Button autoFocus onPress={close}>
              Close
            </Button>
          </Empty>
        </>
      ) : (
        <Card key={approval.data.id} approval={approval.data} refresh={approval.refresh} close={close} />
      )}
    </main>
  );
}
