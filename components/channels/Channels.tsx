/** Money set aside at sites: one bar per channel, and the way to get it back. */

import { useState } from "react";
import type { ChannelView } from "#messages";
import { useAnswer } from "../background/index.ts";
import { Amount, say, shareOf } from "../money/index.ts";
import { sayDay, sayDuration } from "../time.ts";
import { Button, Copyable, Details, Empty, Notice } from "../ui/index.ts";
import { Unready } from "../ui/page.tsx";
import { useNow } from "../useNow.ts";
import { sayChannel } from "../words.ts";
import { Away } from "./Away.tsx";
import { Closing } from "./Closing.tsx";
import { Exit } from "./Exit.tsx";
import { GetBack } from "./GetBack.tsx";
import { Search } from "./Search.tsx";
import { Wish } from "./Wish.tsx";
import "./channels.css";

const DAY_CHECK_MS = 60_000;

export function Channels() {
  const channels = useAnswer("channels.list", {}, { topics: ["channels", "payments"] });
  if (channels.state !== "ready") return <Unready answer={channels} />;
  const atWork = channels.data.some(({ status }) => status !== "closed");
  return (
    <div className="cards">
      {channels.data.length === 0 ? (
        <Empty title="No money set aside">
          <p className="soft">
            When you allow a site a budget, Tollpass sets a part of it aside for quick payments: a channel. What is
            unused in it stays yours, and here is where you get it back.
          </p>
        </Empty>
      ) : (
        <ul className="cards" aria-label="Channels">
          {channels.data.map((channel) => (
            <ChannelCard key={channel.id} channel={channel} refresh={channels.refresh} />
          ))}
        </ul>
      )}
      {atWork ? <Away /> : null}
      <Search />
    </div>
  );
}

function ChannelCard({ channel, refresh }: { channel: ChannelView; refresh: () => void }) {
  const [gettingBack, setGettingBack] = useState(false);
  const now = useNow(DAY_CHECK_MS);
  const state = sayChannel(channel);
  const canGetBack = channel.status === "open" || channel.status === "restored";
  return (
    <li className="card stack">
      <div className="row">
        <h2 className="grow">
          <bdi>{channel.host}</bdi>
        </h2>
        <span className={`flag small channel-${channel.status}`}>{state.word}</span>
      </div>
      <ChannelBar channel={channel} />
      <p className="soft small">
        {channel.trusted && !channel.exitWish ? `${state.text} ` : ""}
        {channel.found
          ? `Found ${sayDay(channel.openedAt, now)}`
          : `${channel.payments} payment${channel.payments === 1 ? "" : "s"} since ${sayDay(channel.openedAt, now)}`}
        , {channel.networkName}.
      </p>
      {channel.trusted || channel.status === "closed" ? null : (
        <Notice tone="warning" title="Tollpass no longer pays here">
          <p>This site broke the rules of its payments. What is unused can be taken back.</p>
        </Notice>
      )}
      {channel.exitWish && channel.status !== "exiting" && !channel.payeeClose ? (
        <Wish channel={channel} wish={channel.exitWish} refresh={refresh} />
      ) : null}
      {channel.status === "exiting" ? <Exit channel={channel} refresh={refresh} /> : null}
      {channel.payeeClose ? <Closing channel={channel} close={channel.payeeClose} refresh={refresh} /> : null}
      {canGetBack ? (
        <div className="row">
          <Button onPress={() => setGettingBack(true)}>Get my money back</Button>
        </div>
      ) : null}
      <Details title="Details">
        <dl className="facts small">
          <dt>Channel</dt>
          <dd>
            <Copyable name="the channel" value={channel.id} />
          </dd>
          <dt>Payee</dt>
          <dd>
            <Copyable name="the payee" value={channel.payee} />
          </dd>
          <dt>Contract</dt>
          <dd>
            <Copyable name="the contract" value={channel.contract} />
          </dd>
          <dt>Chain</dt>
          <dd>
            {channel.networkName} <span className="mono soft">{channel.network}</span>
          </dd>
          <dt>Way back</dt>
          <dd>after {sayDuration(channel.exitDelay * 1_000)} without the site’s help</dd>
        </dl>
      </Details>
      <GetBack
        channel={channel}
        open={gettingBack}
        onClose={() => {
          setGettingBack(false);
          refresh();
        }}
      />
    </li>
  );
}

/** paid + in flight + unused = deposit. Each part has its own pattern besides its colour, and stands in words below. */
export function ChannelBar({ channel }: { channel: ChannelView }) {
  const paid = { id: "paid", name: channel.found ? "taken" : "paid", money: channel.paid };
  const unused = { id: "unused", name: channel.found ? "left, at most" : "unused", money: channel.unused };
  const parts = channel.found
    ? [paid, unused]
    : [paid, { id: "in-flight", name: "in flight", money: channel.inFlight }, unused];
  const text = parts.map((part) => `${say(part.money)} ${part.name}`).join(", ");
  return (
    <figure className="channel">
      <div className="channel-bar" role="img" aria-label={`Of ${say(channel.deposit)}: ${text}`}>
        {parts.map((part) =>
          part.money.atomic === "0" ? null : (
            <span
              key={part.id}
              className={`part ${part.id}`}
              style={{ flexGrow: Math.max(shareOf(part.money, channel.deposit), 0.006) }}
            />
          ),
        )}
      </div>
      <figcaption className="legend">
        {parts.map((part) => (
          <span key={part.id} className="row">
            <span className={`swatch part ${part.id}`} aria-hidden="true" />
            <Amount money={part.money} /> <span className="soft">{part.name}</span>
          </span>
        ))}
        <span className="grow" />
        <span>
          <span className="soft">of</span> <Amount money={channel.deposit} />
        </span>
      </figcaption>
    </figure>
  );
}
