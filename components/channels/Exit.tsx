/** A channel on its way out: the countdown, and the last step when it is over. */
import type { ChannelView } from "#messages";
import { useSend } from "../background/index.ts";
import { say } from "../money/index.ts";
import { sayCountdown, sayMoment } from "../time.ts";
import { Button, Notice, ProblemNote } from "../ui/index.ts";
import { useNow } from "../useNow.ts";
import { CHAIN_TIMEOUT_MS } from "./GetBack.tsx";

export function Exit({ channel, refresh }: { channel: ChannelView; refresh: () => void }) {
  const now = useNow(1_000);
  const finish = useSend("channel.finishExit", CHAIN_TIMEOUT_MS);
  const { exitAt } = channel;
  const over = exitAt !== undefined && now >= exitAt;
  const take = async (ownGas: boolean) => {
    await finish.send({ channelId: channel.id, ownGas });
    refresh();
  };
  if (exitAt === undefined) {
    return (
      <Notice>
        <p>Your request is on its way to the network. The waiting time starts when it is there.</p>
      </Notice>
    );
  }
  if (!over) {
    return (
      <Notice>
        <p>
          {say(channel.unused)} can be taken in{" "}
          <strong className="amount" role="timer" aria-live="off">
            {sayCountdown(exitAt - now)}
          </strong>{" "}
          <span className="soft">({sayMoment(exitAt)})</span>
        </p>
        {channel.exitWish ? (
          <p className="soft small">Tollpass takes it by itself then, while the browser runs.</p>
        ) : null}
      </Notice>
    );
  }
  return (
    <Notice tone="good" title={`${say(channel.unused)} can be taken now`} live>
      <ProblemNote problem={finish.problem} />
      {channel.exitWish && !finish.pending ? (
        <p className="soft small">Tollpass tries to take it by itself every few minutes.</p>
      ) : null}
      {finish.pending ? <p role="status">Waiting for the network. You can leave; it goes on by itself.</p> : null}
      {channel.relay ? null : (
        <p>Nobody passes it on for you. It needs a little of the network’s own coin for the fee.</p>
      )}
      <div className="row wrap">
        {channel.relay ? (
          <Button look="primary" isPending={finish.pending} onPress={() => take(false)}>
            Take it
          </Button>
        ) : null}
        {finish.problem || !channel.relay ? (
          <Button
            look={channel.relay ? "plain" : "primary"}
            isPending={!channel.relay && finish.pending}
            isDisabled={channel.relay && finish.pending}
            onPress={() => take(true)}
          >
            Take it at my own cost
          </Button>
        ) : null}
      </div>
    </Notice>
  );
}
