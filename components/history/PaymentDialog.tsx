/** Everything about one payment, for a person who wants to check the bill. */
import type { PaymentDetail } from "#messages";
import { useAnswer } from "../background/index.ts";
import { say, sayToken } from "../money/index.ts";
import { labelOf, StateWord, takenOf } from "../payments/PaymentLine.tsx";
import { sayMoment } from "../time.ts";
import { Box, Button, Copyable, Details, Notice } from "../ui/index.ts";
import { Unready } from "../ui/page.tsx";
import { isRefusalReason, sayRefusal, sayState } from "../words.ts";

/** Open while there is a `paymentId`. */
export function PaymentDialog({ paymentId, onClose }: { paymentId: string | undefined; onClose: () => void }) {
  return (
    <Box title="Payment" open={paymentId !== undefined} onClose={onClose} wide>
      {paymentId === undefined ? null : <Content paymentId={paymentId} />}
      <div className="actions">
        <Button onPress={onClose}>Close</Button>
      </div>
    </Box>
  );
}

function Content({ paymentId }: { paymentId: string }) {
  const payment = useAnswer("history.get", { paymentId }, { topics: ["payments"] });
  if (payment.state !== "ready") return <Unready answer={payment} />;
  if (payment.data === null) return <p className="soft">This payment is no longer on file.</p>;
  return <Facts payment={payment.data} />;
}

function Facts({ payment }: { payment: PaymentDetail }) {
  const taken = takenOf(payment);
  // A reason may be a server's own code: it is only words of ours that stand here as words.
  const known = payment.reason && isRefusalReason(payment.reason) ? payment.reason : undefined;
  const reason = known ? sayRefusal(known, { amount: payment.amount }) : undefined;
  return (
    <>
      <p className="payment-sum">
        <strong className="amount">{say(taken)}</strong> <StateWord payment={payment} />
      </p>
      <p>
        <bdi>{labelOf(payment)}</bdi>
      </p>
      {reason ? (
        <Notice tone="warning" title={reason.title}>
          <p>{reason.text}</p>
        </Notice>
      ) : (
        <p className="soft">{sayState(payment).text}</p>
      )}
      <dl className="facts small">
        <dt>When</dt>
        <dd>{sayMoment(payment.at)}</dd>
        {payment.url ? (
          <>
            <dt>Address</dt>
            <dd>
              <Copyable name="the address" value={payment.url} />
            </dd>
          </>
        ) : null}
        {payment.charged && payment.charged.atomic !== payment.amount.atomic ? (
          <>
            <dt>Asked at most</dt>
            <dd className="amount">{say(payment.amount)}</dd>
          </>
        ) : null}
      </dl>
      <Details title="Details">
        <dl className="facts small">
          <dt>Token amount</dt>
          <dd className="amount">{sayToken(taken)}</dd>
          <dt>Scheme</dt>
          <dd className="mono">{payment.scheme}</dd>
          <dt>Chain</dt>
          <dd className="mono">{payment.network}</dd>
          <CopyRow name="Reason" value={payment.reason} />
          <CopyRow name="Payee" value={payment.payTo} />
          <CopyRow name="Channel" value={payment.channelId} />
          <CopyRow name="Nonce" value={payment.nonce} />
          <CopyRow name="Transaction" value={payment.transaction} />
          <CopyRow name="Receipt" value={payment.receipt} />
          <CopyRow name="Signature" value={payment.receiptSignature} />
          <CopyRow name="Offer" value={payment.offer} />
        </dl>
      </Details>
    </>
  );
}

function CopyRow({ name, value }: { name: string; value: string | undefined }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Copyable name={name.toLowerCase()} value={value} />
      </dd>
    </>
  );
}
