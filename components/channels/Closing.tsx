/** A close by the site alone: what it asks for, what Tollpass does about it, and the last step when its time is over. */
import type { ChannelView } from "#messages";
import { useSend } from "../background/index.ts";
import { say } from "../money/index.ts";
import { sayCountdown, sayMoment } from "../time.ts";
import { Button, Notice, ProblemNote } from "../ui/index.ts";
import { useNow } from "../useNow.ts";
import { CHAIN_TIMEOUT_MS } from "./GetBack.tsx";

type Close = NonNullable<ChannelView["payeeClose"]>;

export function Closing({ channel, close, refresh }: { channel: ChannelView; close: Close; refresh: () => void }) {
  const now = useNow(1_000);
  const finish = useSend("channel.finishExit", CHAIN_TIMEOUT_MS);
  if (now < close.deadline) {
    const { need, have, address } = close;
    const challenge = close.challenge === "refused" ? undefined : close.challenge;
    return (
      <Notice tone={challenge ? "warning" : "plain"} title={`The site asks for ${say(close.asks)} in all`} live>
        {challenge === "short_of_gas" ? (
          <ProblemNote problem={{ problem: "short_of_gas", address, ...(need && have ? { need, have } : {}) }} />
        ) : null}
        <p>
          {challenge ? "There is time to prove it for " : "The rest can be taken in "}
          <strong className="amount" role="timer" aria-live="off">
            {sayCountdown(close.deadline - now)}
          </strong>{" "}
          <span className="soft">({sayMoment(close.deadline)})</span>
        </p>
      </Notice>
    );
  }
  const take = async () => {
    await finish.send({ channelId: channel.id, ownGas: true });
    refresh();
  };
  return (
    <Notice tone="good" title="The rest can be taken now" live>
      <ProblemNote problem={finish.problem} />
      {finish.pending ? <p role="status">Waiting for the network. You can leave; it goes on by itself.</p> : null}
      <p>
        The site takes {say(close.asks)}, the rest comes back to you. It works even if the site is gone, and needs a
        little of the network’s own coin for the fee.
      </p>
      <div className="row">
        <Button look="primary" isPending={finish.pending} onPress={take}>
          Get my money back
        </Button>
      </div>
    </Notice>
  );
}
