/** Looking for the channels of the phrase on the network: begun after a wallet was brought back, or by the person. */
import type { SearchView } from "#messages";
import { useAnswer, useSend } from "../background/index.ts";
import { sayDay } from "../time.ts";
import { Bar, Button, Notice, ProblemNote } from "../ui/index.ts";
import { useNow } from "../useNow.ts";
import { sayProblem } from "../words.ts";

const DAY_CHECK_MS = 60_000;

export function Search() {
  const search = useAnswer("channelSearch.get", {}, { topics: ["channels", "status"] });
  const start = useSend("channelSearch.start");
  if (search.state !== "ready") return null;
  const view = search.data;
  const running = view !== null && view.finishedAt === undefined;
  const begin = async () => {
    await start.send({});
    search.refresh();
  };
  return (
    <section className="card stack" aria-label="Look for channels">
      <h2>Channels of your phrase</h2>
      {view === null ? (
        <p className="soft">
          Another computer or an earlier profile may have set money aside with this recovery phrase. The network
          remembers every such channel; Tollpass can look for them.
        </p>
      ) : running ? (
        <Running view={view} />
      ) : (
        <Finished view={view} />
      )}
      <ProblemNote problem={start.problem} />
      {running ? null : (
        <div className="row">
          <Button isPending={start.pending} onPress={begin}>
            {view === null ? "Look for my channels" : "Look again"}
          </Button>
        </div>
      )}
    </section>
  );
}

const count = (channels: number) => `${channels} channel${channels === 1 ? "" : "s"}`;

function Running({ view }: { view: SearchView }) {
  const percent = `${Math.floor(view.share * 100)} %`;
  return (
    <>
      <Bar label="Looked through" text={percent} share={view.share} />
      <p role="status">
        Looking through the network: {percent}, {count(view.found)} found so far.{" "}
        <span className="soft">You can leave; it goes on by itself.</span>
      </p>
      {view.problem ? (
        <Notice tone="warning">
          <p>{WAITS[view.problem] ?? sayProblem({ problem: view.problem })}</p>
        </Notice>
      ) : null}
    </>
  );
}

/** Why it waits, where the general words would not fit. */
const WAITS: Readonly<Record<string, string>> = {
  locked: "Unlock Tollpass so that it can look: which accounts to look for follows from your phrase.",
  rpc_unreachable: "The network does not answer just now. It goes on by itself.",
  unreachable: "The network does not answer just now. It goes on by itself.",
  refused: "The network’s server wants a pause. It goes on by itself.",
};

function Finished({ view }: { view: SearchView }) {
  const now = useNow(DAY_CHECK_MS);
  return (
    <>
      <p>
        {view.found === 0
          ? "No channel of this phrase is on the network."
          : `${count(view.found)} of this phrase ${view.found === 1 ? "was" : "were"} found.`}{" "}
        {view.finishedAt === undefined ? null : <span className="soft">Looked {sayDay(view.finishedAt, now)}.</span>}
      </p>
      {view.unlisted > 0 ? (
        <p className="soft small">
          {view.unlisted} of them {view.unlisted === 1 ? "holds" : "hold"} a token that this version does not know, and{" "}
          {view.unlisted === 1 ? "is" : "are"} not shown.
        </p>
      ) : null}
    </>
  );
}
