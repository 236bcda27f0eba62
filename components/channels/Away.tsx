/** Handing the channels to another machine that watches them while this browser is closed. */
import { useSend } from "../background/index.ts";
import { saveFile } from "../history/saveFile.ts";
import { Button, ProblemNote } from "../ui/index.ts";

export function Away() {
  const exporting = useSend("channels.export", 60_000);
  return (
    <section className="card stack" aria-label="While you are away">
      <h2>While you are away</h2>
      <p className="soft">
        A site that closes a channel and asks for too much has to be answered in time, usually within a day. Tollpass
        does that while this browser runs. A machine that is always on can do it too, with this file and the program
        tollpass-watch. The file cannot spend anything. Export it again after you have paid.
      </p>
      <ProblemNote problem={exporting.problem} />
      <div className="row">
        <Button
          isPending={exporting.pending}
          onPress={async () => {
            const file = await exporting.send({});
            if (file) saveFile("tollpass-watch.json", file.json, "application/json");
          }}
        >
          Export for a watcher
        </Button>
      </div>
    </section>
  );
}
