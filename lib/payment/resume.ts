/** Finding a payment that was begun for a resource and never answered, so that nobody pays twice for it. */
import type { Intercepted } from "#intercept";
import { isBegunFor, isOutOfDate, type PaymentRecord } from "#ledger";
import { decodePlan, type PayableOffer } from "#schemes";
import type { PaymentContext } from "./context.ts";
import { offerIdOf } from "./judge.ts";

/** Refusals after which the same bytes can never succeed: the server wants others. */
const HOPELESS: ReadonlySet<string> = new Set([
  "receipt_required",
  "nonce_conflict",
  "nonce_out_of_window",
  "totals_too_low",
  "totals_invalid",
  "invalid_payload",
  "accepted_mismatch",
  "bad_signature",
  "channel_exiting",
  "channel_not_open",
]);

export interface Begun {
  readonly taken: { readonly payment: PaymentRecord; readonly payable: PayableOffer } | undefined;
  /** Payments for this resource that were looked at and are not taken up: what they bought is paid anew. */
  readonly passed: ReadonlySet<string>;
}

/**
 * A payment for this very resource whose answer never arrived or was refused (the page was reloaded, the browser died):
 * its bytes are to be sent again. Only for methods that may be repeated, never one that is under way, and nothing while
 * payments are paused or for a payee that broke the protocol. `journalled`: what was begun and has no end.
 */
export async function findBegun(
  context: PaymentContext,
  request: Intercepted,
  offers: readonly PayableOffer[],
  journalled: readonly PaymentRecord[],
): Promise<Begun> {
  const passed = new Set<string>();
  const now = context.ports.now();
  for (const payment of journalled) {
    if (!isBegunFor(payment, { ...resourceIn(request), underWay: context.inFlight }, now)) continue;
    const payable = offers.find((offer) => offerIdOf(offer) === payment.offerId);
    if (payable && (await worthSending(context, payment))) return { taken: { payment, payable }, passed };
    passed.add(payment.id);
  }
  return { taken: undefined, passed };
}

const resourceIn = ({ site, method, url, incognito }: Intercepted) => ({ site, method, url, incognito });

async function worthSending(context: PaymentContext, payment: PaymentRecord): Promise<boolean> {
  const { ledger, now } = context.ports;
  if (HOPELESS.has(payment.reason ?? "") || typeof payment.plan !== "string") return false;
  const plan = decodePlan(payment.plan);
  const seconds = BigInt(Math.floor(now() / 1000));
  if (plan.scheme === "exact" && plan.authorization.validBefore <= seconds) return false;
  const [{ policy }, wallet] = await Promise.all([ledger.siteSummary(payment.site, 0), ledger.walletTotals()]);
  if (policy.never || policy.paused || wallet.policy.paused || wallet.halted) return false;
  const channels = await ledger.listChannels({ payeeOrigin: payment.payeeOrigin });
  if (channels.some(({ untrusted }) => untrusted !== undefined)) return false;
  const channel = channels.find(({ id }) => id === payment.channelId);
  if (!channel) return plan.scheme === "exact";
  // What one that is out of date owes is not known here: it is left, never paid from.
  if (isOutOfDate(channel) || channel.status === "closed") return false;
  // A deposit that ran out of time is made anew by another payment, unless the chain has shown that it arrived in time.
  const lapsed = plan.scheme === "state-channel" && plan.deposit && plan.deposit.validBefore <= seconds;
  return !lapsed || plan.state.owed <= channel.deposit;
}
