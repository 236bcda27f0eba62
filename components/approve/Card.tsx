/** One question: who asks how much for what, and what the person may answer. Sends an id and a choice, nothing to sign. */

import { useEffect, useRef, useState } from "react";
import type { ApprovalView, Request } from "#messages";
import { useLine, useSend } from "../background/index.ts";
import { normalizeTyped, readTyped, say, sayPeriod, smallerTyped } from "../money/index.ts";
import { Button, Choices, Choose, Copyable, Notice, ProblemNote } from "../ui/index.ts";
import { UnlockForm } from "../unlock/UnlockForm.tsx";
import { accountOptions } from "../wallet/accountNames.ts";
import { ASK_REASONS } from "../words.ts";
import { BudgetFields, OnceNote, startBudget } from "./Budget.tsx";
import { Items } from "./Items.tsx";
import { OfferDetails, OfferSwitch } from "./Offers.tsx";
import { SiteLine } from "./SiteLine.tsx";
import { useArmed, useSettled } from "./useArmed.ts";

type Choice = Request<"approval.choose">["choice"];
type Kind = "once" | "budget" | "never";

export interface CardProps {
  readonly approval: ApprovalView;
  refresh(): void;
  close(): void;
}

export function Card({ approval, refresh, close }: CardProps) {
  const { alive } = useLine();
  const { armed, focused, check } = useArmed();
  const settled = useSettled(approval.revision);
  const choose = useSend("approval.choose");
  const payFrom = useSend("site.account");
  const [kind, setKind] = useState<Kind>(approval.reason === "paid_before" ? "once" : "budget");
  const [budget, setBudget] = useState(() => startBudget(approval));
  const [picked, setPicked] = useState(0);
  const [answered, setAnswered] = useState(false);
  const changed = useChangedPrice(approval);

  const offerIndex = picked < approval.offers.length ? picked : 0;
  const offer = approval.offers[offerIndex];
  if (!offer) return null;
  const { price } = offer;
  const sum = offer.total;
  const cap = readTyped(budget.cap, price.decimals);
  const perRequest = readTyped(budget.perRequest, price.decimals);
  const least = BigInt(price.atomic);
  const fits = cap !== undefined && cap >= least && perRequest !== undefined && perRequest >= least;
  const short = approval.short !== undefined && offerIndex === 0;
  const listening = armed && alive && !choose.pending;
  const mayAnswer = listening && settled && (kind === "never" || (!short && (kind === "once" || fits)));

  const answer = async (choice: Choice) => {
    if (!check()) return;
    const done = await choose.send({
      approvalId: approval.id,
      revision: approval.revision,
      offer: offerIndex,
      choice,
    });
    if (!done) return refresh();
    setAnswered(true);
    close();
  };
  const dismiss = () => answer({ kind: "dismiss" });
  const submit = () => {
    if (!mayAnswer) return;
    if (kind !== "budget") return answer({ kind });
    return answer({
      kind,
      cap: normalizeTyped(budget.cap),
      period: budget.period,
      renews: budget.renews && budget.period !== "once",
      perRequest: smallerTyped(budget.perRequest, budget.cap, price.decimals),
    });
  };

  if (answered) return <Notice tone="good" title="Done" live />;

  const notNow = (
    <Button onPress={dismiss} isDisabled={!listening}>
      Not now
    </Button>
  );
  const reason = ASK_REASONS[approval.reason]({
    ...approval,
    price: say(price),
    ...(offer.exitDelay === undefined ? {} : { exitDelay: offer.exitDelay }),
  });

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape answers "not now" from anywhere in the card
    <div
      className="card-page"
      onKeyDown={(event) => {
        if (event.key === "Escape" && listening) dismiss();
      }}
    >
      <header className="asking">
        <SiteLine host={approval.host} connection={approval.connection} />
        <Items approval={approval} sum={sum} />
      </header>

      {changed ? (
        <Notice tone="warning" title="What is asked has changed" live>
          <p>It was {changed}. Nothing was paid. Please look again.</p>
        </Notice>
      ) : null}
      {reason && approval.reason !== "unlock" ? (
        <Notice tone="warning">
          <p>{reason}</p>
        </Notice>
      ) : null}
      {approval.connection !== "open" ? null : (
        <Notice tone="danger">
          <p>This connection is not protected: anyone on the way can read and change it.</p>
        </Notice>
      )}
      {approval.payeeHost !== "" && approval.payeeHost !== approval.host ? (
        <Notice tone="warning">
          <p>
            The money goes to <strong>{approval.payeeHost}</strong>, not to this site.
          </p>
        </Notice>
      ) : null}
      <ProblemNote problem={choose.problem} />

      {approval.locked ? (
        <section aria-label="Unlock">
          <p className="gap-below">{reason || "Tollpass is locked. Unlock it to answer."}</p>
          <UnlockForm onUnlocked={refresh} beside={notNow} />
        </section>
      ) : (
        <form
          className="stack grow"
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          {approval.offers.length > 1 ? (
            <OfferSwitch offers={approval.offers} value={offerIndex} onChange={setPicked} />
          ) : null}
          {approval.from ? (
            <Choose
              label="Pay from"
              options={accountOptions(approval.from.accounts)}
              value={approval.from.account}
              isDisabled={payFrom.pending || !alive}
              onChange={async (account) => {
                await payFrom.send({ site: approval.site, account });
                refresh();
              }}
            />
          ) : null}
          <ProblemNote problem={payFrom.problem} />
          {approval.short && short ? (
            <Notice tone="warning" title="Too little money in the wallet">
              <p>
                Needed {say(approval.short.need)}, you have {say(approval.short.have)}. Send {price.symbol} on{" "}
                {offer.networkName} to:
              </p>
              <Copyable name="your address" value={approval.short.address} />
            </Notice>
          ) : null}
          <Choices<Kind>
            label="Your answer"
            value={kind}
            onChange={setKind}
            choices={[
              {
                id: "once",
                content: (
                  <span className="row">
                    <span className="grow">{approval.count === 1 ? "Only this" : `Only these ${approval.count}`}</span>
                    <span className="amount">{say(sum)}</span>
                  </span>
                ),
                below: <OnceNote approval={approval} offer={offerIndex} sum={sum} />,
              },
              {
                id: "budget",
                content: "Up to a budget, without asking",
                below: (
                  <BudgetFields
                    budget={budget}
                    onChange={setBudget}
                    approval={approval}
                    offer={offerIndex}
                    price={price}
                    cap={cap}
                    perRequest={perRequest}
                  />
                ),
              },
              { id: "never", content: "Never ask here again" },
            ]}
          />
          <OfferDetails offer={offer} payeeHost={approval.payeeHost || approval.host} />
          <span className="grow" />
          <div className="answers">
            {notNow}
            <Button type="submit" look="primary" isPending={choose.pending} isDisabled={!mayAnswer}>
              {kind === "once"
                ? `Pay ${say(sum)}`
                : kind === "never"
                  ? "Never ask here"
                  : cap === undefined
                    ? "Allow"
                    : `Allow ${say({ ...price, atomic: cap.toString() })} ${sayPeriod(budget.period, budget.renews)}`}
            </Button>
          </div>
          <p className="small soft hint" role="status">
            {alive && !focused ? "Click into this window first." : ""}
          </p>
        </form>
      )}
    </div>
  );
}

/** The price that was on the screen before, if it or the payee has changed while the window is open. */
function useChangedPrice(approval: ApprovalView): string | undefined {
  const first = approval.offers[0];
  const now = first ? `${say(first.price)} to ${first.payTo}` : "";
  const before = useRef({ terms: now, price: first ? say(first.price) : "" });
  const [changed, setChanged] = useState<string>();
  const price = first ? say(first.price) : "";
  useEffect(() => {
    if (before.current.terms === now) return;
    setChanged(before.current.price === price ? `${price} to another account` : before.current.price);
    before.current = { terms: now, price };
  }, [now, price]);
  return changed;
}
