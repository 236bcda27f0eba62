/** The two ways to get money out of a channel, with what each needs and how long it takes. */

import { useState } from "react";
import type { ChannelView } from "#messages";
import { useSend } from "../background/index.ts";
import { say } from "../money/index.ts";
import { sayDuration } from "../time.ts";
import { Box, Button, Choices, Copyable, Notice, ProblemNote, TextField } from "../ui/index.ts";

type Way = "ask" | "refund" | "leave" | "own_gas";

const WAYS: Record<Way, (delay: string) => { title: string; text: string }> = {
  ask: () => ({ title: "Ask the site: now", text: "It takes what you paid, and the rest is back at once." }),
  refund: () => ({
    title: "Ask the site: now, and go on paying there",
    text: "What is unused comes back, and the budget stays.",
  }),
  leave: (delay) => ({
    title: `Without the site’s consent: after ${delay}`,
    text: "Free of charge: the site’s server, or else a helping server of your list, only passes your request on. If nobody does, the next way is left.",
  }),
  own_gas: (delay) => ({
    title: `Without the site, at your own cost: after ${delay}`,
    text: "Works even if the site is gone. Needs a little of the network’s own coin for the fee.",
  }),
};

/** The ways that are open, the one to begin with first. Nothing is free where nobody passes requests on. */
function waysOf({ status, trusted, relay }: ChannelView): readonly [Way, ...Way[]] {
  const alone = relay ? (["leave", "own_gas"] as const) : (["own_gas"] as const);
  if (status === "restored") return ["ask", ...alone];
  if (!trusted) return [...alone, "ask"];
  return status === "open" ? ["ask", "refund", ...alone] : ["ask", ...alone];
}

/** A transaction has to be mined before the background can say that it was done. */
export const CHAIN_TIMEOUT_MS = 120_000;

export function GetBack({ channel, open, onClose }: { channel: ChannelView; open: boolean; onClose: () => void }) {
  const [chosen, setChosen] = useState<Way>();
  const ways = waysOf(channel);
  const way = chosen && ways.includes(chosen) ? chosen : ways[0];
  const [site, setSite] = useState("");
  const close = useSend("channel.close", CHAIN_TIMEOUT_MS);
  const refund = useSend("channel.refund", CHAIN_TIMEOUT_MS);
  const exit = useSend("channel.exit", CHAIN_TIMEOUT_MS);
  const [done, setDone] = useState<{ way: Way; transaction?: string | undefined }>();
  const pending = close.pending || refund.pending || exit.pending;
  const delay = sayDuration(channel.exitDelay * 1_000);

  const clear = () => {
    for (const sending of [close, refund, exit]) sending.clear();
  };
  const start = async () => {
    clear();
    const reply =
      way === "ask"
        ? await close.send({ channelId: channel.id, ...(site.trim() === "" ? {} : { site: site.trim() }) })
        : way === "refund"
          ? await refund.send({ channelId: channel.id })
          : await exit.send({ channelId: channel.id, ownGas: way === "own_gas" });
    if (reply) setDone({ way, transaction: reply.transaction });
  };
  const leave = () => {
    setDone(undefined);
    clear();
    onClose();
  };

  return (
    <Box
      title={`Get ${channel.status === "restored" ? "up to " : ""}${say(channel.unused)} back from ${channel.host}`}
      open={open}
      onClose={leave}
    >
      {done ? (
        <>
          <Notice
            tone="good"
            title={done.way === "ask" || done.way === "refund" ? "The money is back" : "It is on its way"}
            live
          >
            <p>
              {done.way === "ask"
                ? "The site closed the channel. What was unused is in your wallet."
                : done.way === "refund"
                  ? "The site gave back what was unused. The channel stays open."
                  : `The waiting time of ${delay} runs from now. You can close this page: after it Tollpass takes the rest by itself, as soon as the browser runs.`}
            </p>
            {done.transaction ? <Copyable name="the transaction" value={done.transaction} /> : null}
          </Notice>
          <div className="actions">
            <Button look="primary" onPress={leave} autoFocus>
              Close
            </Button>
          </div>
        </>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            start();
          }}
        >
          <Choices<Way>
            label="Which way"
            value={way}
            onChange={setChosen}
            choices={ways.map((id) => ({ id, content: <WayText {...WAYS[id](delay)} /> }))}
          />
          {way === "ask" && !channel.siteKnown ? (
            <TextField
              label="Address of the site"
              value={site}
              onChange={setSite}
              autoComplete="off"
              spellCheck="false"
              note="The network does not say which site it is. Write the address at which you paid, such as toll.example."
            />
          ) : null}
          {channel.status === "restored" ? (
            <p className="soft small">
              How much of it the site may still take is not known here: at most what you signed for. The rest comes
              back.
            </p>
          ) : null}
          {channel.inFlight.atomic === "0" ? null : (
            <p className="soft small">
              {say(channel.inFlight)} is in flight: it comes back only if the site did not earn it.
            </p>
          )}
          <ProblemNote problem={close.problem ?? refund.problem ?? exit.problem} />
          {exit.problem ? (
            <p className="soft small" role="status">
              Your wish to leave is written down: Tollpass tries again every few minutes, also after a restart. Under
              Channels you can take it back.
            </p>
          ) : null}
          {pending ? (
            <p className="soft" role="status">
              Waiting for the network.{" "}
              {way === "leave" || way === "own_gas"
                ? "You can close this; it goes on by itself."
                : "You can close this."}
            </p>
          ) : null}
          <div className="actions">
            <Button onPress={leave}>{pending ? "Leave it running" : "Not now"}</Button>
            <Button type="submit" look="primary" isPending={pending}>
              Get it back
            </Button>
          </div>
        </form>
      )}
    </Box>
  );
}

function WayText({ title, text }: { title: string; text: string }) {
  return (
    <span className="way">
      <strong>{title}</strong>
      <span className="soft small">{text}</span>
    </span>
  );
}
