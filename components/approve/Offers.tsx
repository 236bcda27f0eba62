/** The offers that can be paid: a quiet switch between them, and everything about the chosen one for the curious. */
import type { OfferView } from "#messages";
import { say, sayToken } from "../money/index.ts";
import { sayDuration } from "../time.ts";
import { Choose, Copyable, Details } from "../ui/index.ts";

export function OfferSwitch(props: { offers: readonly OfferView[]; value: number; onChange(index: number): void }) {
  const options = props.offers.map((offer, index) => ({
    id: String(index),
    name: `${say(offer.price)} · ${offer.price.symbol} on ${offer.networkName}${
      offer.scheme === "state-channel" ? ", from a budget" : ", one payment at a time"
    }`,
  }));
  return (
    <Choose
      label="Pay with"
      options={options}
      value={String(props.value)}
      onChange={(id) => props.onChange(Number(id))}
    />
  );
}

export function OfferDetails({ offer, payeeHost }: { offer: OfferView; payeeHost: string }) {
  return (
    <Details title="Details">
      <dl className="facts small">
        <dt>Price</dt>
        <dd className="amount">{sayToken(offer.price)}</dd>
        <dt>Payee</dt>
        <dd>
          {payeeHost}
          <Copyable name="the payee" value={offer.payTo} />
        </dd>
        <dt>Chain</dt>
        <dd>
          {offer.networkName} <span className="mono soft">{offer.network}</span>
        </dd>
        <dt>Scheme</dt>
        <dd className="mono">{offer.scheme}</dd>
        {offer.contract ? (
          <>
            <dt>Contract</dt>
            <dd>
              <Copyable name="the contract" value={offer.contract} />
            </dd>
          </>
        ) : null}
        {offer.exitDelay === undefined ? null : (
          <>
            <dt>Way back</dt>
            <dd>after {sayDuration(offer.exitDelay * 1_000)} without the site's help</dd>
          </>
        )}
        <dt>Offer</dt>
        <dd>
          <Copyable name="the offer" value={offer.raw}>
            as the site sent it
          </Copyable>
        </dd>
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard */}
      <section className="raw" tabIndex={0} aria-label="The offer as the site sent it">
        <pre className="mono">{offer.raw}</pre>
      </section>
    </Details>
  );
}
