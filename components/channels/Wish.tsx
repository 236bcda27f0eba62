/** The wish to leave a channel that has not begun on chain yet: what it waits for, and how to take it back. */
import type { ChannelView } from "#messages";
import { useSend } from "../background/index.ts";
import { Button, Notice, ProblemNote } from "../ui/index.ts";

type ExitWish = NonNullable<ChannelView["exitWish"]>;

export function Wish({ channel, wish, refresh }: { channel: ChannelView; wish: ExitWish; refresh: () => void }) {
  const cancel = useSend("channel.cancelExit");
  const { problem, need, have, address } = wish;
  return (
    <Notice title={`You want your money back from ${channel.host}`}>
      <p>
        Tollpass has written it down and tries again every few minutes while the browser runs, also after a restart.
        Nothing is paid from here meanwhile.
      </p>
      {problem ? <ProblemNote problem={{ problem, ...(need && have ? { need, have, address } : {}) }} /> : null}
      <ProblemNote problem={cancel.problem} />
      {wish.sent ? null : (
        <div className="row">
          <Button
            isPending={cancel.pending}
            onPress={async () => {
              await cancel.send({ channelId: channel.id });
              refresh();
            }}
          >
            Stay after all
          </Button>
        </div>
      )}
    </Notice>
  );
}
