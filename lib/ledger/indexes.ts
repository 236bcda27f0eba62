/** Fields of rows that are there for an index alone: what a restart has to look at, what was lost, what may still pay. */
import type { Grant } from "#budget";
import { isOpen } from "./machine.ts";
import type { PaymentRecord } from "./rows.ts";

/** For so long a lost answer counts as wanted, and its payment is taken up again, in milliseconds. */
export const RESUMABLE = 10 * 60_000;

type Fields = Readonly<Record<string, string>>;

/**
 * What a restart has to look at: `settle` until the payment has its end, `body` until its body has been received,
 * `chain` until the chain has shown a transfer that so far is a server's word.
 */
export function whatAwaits(payment: PaymentRecord): Fields {
  if (isOpen(payment.state)) return { attention: "settle" };
  if (payment.channelId === undefined && payment.state === "delivered" && payment.onChain === undefined) {
    return { attention: "chain" };
  }
  const waits = payment.receipt !== undefined && !payment.bodyEnded && (payment.charged ?? 0n) > 0n;
  return waits ? { attention: "body" } : {};
}

/**
 * Which resource was paid for by a payment whose answer the page never had whole. Only where no channel pays: there the
 * provider keeps a receipt by nonce, and the same nonce is answered again.
 */
export function whatIsUnserved(payment: PaymentRecord): Fields {
  const { channelId, site, method, url, state, outcome, httpStatus, bodyEnded, bodyLost, repeatedBy } = payment;
  if (channelId !== undefined || url === null || repeatedBy !== undefined) return {};
  const whole = bodyEnded && httpStatus !== undefined && httpStatus < 400;
  // Nobody need have lived to see that a body broke off. A part of a film says nothing of the whole.
  const served = state === "delivered" ? bodyEnded || bodyLost === false || httpStatus === 206 : whole;
  const lost = isOpen(state) || (outcome === "delivered" && !served);
  return lost ? { unserved: resourceOf({ site, method, url }) } : {};
}

/**
 * Where a grant is looked for: nowhere once it can pay no more, because it was revoked or was a one-time yes that was
 * used, of which a site gathers as many as the person gives. One whose payment is given back is there again.
 */
export function whereItMayPay({ key, revokedAt, boundTo, window, terms }: Grant): Fields {
  const used = boundTo !== undefined && window.spent >= terms.total;
  return revokedAt !== null || used ? {} : { site: key.site, payeeOrigin: key.payeeOrigin };
}

/** What a page asks for. */
export interface Resource {
  /** Origin of the top-level document. */
  readonly site: string;
  readonly method: string;
  /** Null where the history was deleted. */
  readonly url: string | null;
}

/** Names what a page asks for: what is unserved is found by it, and requests for the same thing take turns under it. */
export const resourceOf = ({ site, method, url }: Resource): string => `${site} ${method} ${url}`;
