/** One payment in a list: when, what, how much, and its state in a word. */
import type { PaymentView } from "#messages";
import { say, sayToken } from "../money/index.ts";
import { sayAgo, sayMoment } from "../time.ts";
import { isUncharged, sayState } from "../words.ts";
import "./payments.css";

/** What was really taken: nothing for a refused payment, the charge of the receipt where there is one. */
export function takenOf(payment: PaymentView): PaymentView["amount"] {
  return payment.charged ?? payment.amount;
}

/** What it was for: its title, else the end of its address; after deletion it says so. */
export function labelOf(payment: Pick<PaymentView, "label" | "url">): string {
  if (payment.label) return payment.label;
  const url = URL.parse(payment.url);
  if (!url) return "deleted from the history";
  return url.pathname === "/" ? url.host : url.pathname;
}

export function StateWord({ payment }: { payment: PaymentView }) {
  const { word, text } = sayState(payment);
  return (
    <span className={`state ${isUncharged(payment) ? "uncharged" : payment.state}`} title={text}>
      {word}
    </span>
  );
}

export function PaymentLine({ payment, now }: { payment: PaymentView; now: number }) {
  const taken = takenOf(payment);
  return (
    <li className="payment-line">
      <time className="soft small" dateTime={new Date(payment.at).toISOString()} title={sayMoment(payment.at)}>
        {sayAgo(payment.at, now)}
      </time>
      <bdi className="cut">{labelOf(payment)}</bdi>
      <span className="amount" title={sayToken(taken)}>
        {say(taken)}
      </span>
      <StateWord payment={payment} />
    </li>
  );
}
