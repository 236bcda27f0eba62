/**
 * What is looked up before a payment is tried: vault and journal, side by side and once for each try. What is found may
 * be out of date a moment later; the ledger's own transaction and the signature have the last word.
 */
import { findNetwork } from "@tollpass/protocol";
import type { Address } from "viem";
import { snapshotOf } from "#channels";
import type { Intercepted } from "#intercept";
import { type Outlook, resourceOf } from "#ledger";
import { type PayableOffer, rankOffers } from "#schemes";
import type { VaultLook } from "#vault";
import type { PaymentContext } from "./context.ts";
import { payerAmong } from "./payer.ts";
import { reconcilePayment } from "./reconcile.ts";
import { findBegun } from "./resume.ts";

export interface Look {
  /** How many answers the person had given before. */
  readonly answers: number;
  readonly vault: VaultLook;
  readonly unlocked: boolean;
  readonly journal: Outlook;
}

export async function look(context: PaymentContext, request: Intercepted): Promise<Look> {
  const { answers } = context.questions;
  const [vault, journal] = await Promise.all([context.ports.vault.look(), journalOf(context, request)]);
  return { answers, vault, unlocked: vault.status === "unlocked", journal };
}

/**
 * For a request that has waited for room in its channel: the lock and the answers, and nothing else. Whether the site may
 * be paid the ledger asks anew; an account that was chosen meanwhile pays from the next request on.
 */
export async function lookAtLock(context: PaymentContext, seen: Look): Promise<Look> {
  const { answers } = context.questions;
  return { ...seen, answers, unlocked: await context.ports.vault.isUnlocked() };
}

async function journalOf(context: PaymentContext, request: Intercepted): Promise<Outlook> {
  // A loss that was told and is not written down yet: to look before it is would pay for the same once more.
  const same = [...context.inFlight].filter(([, { resource }]) => resource === resourceOf(request));
  await Promise.all(same.map(([paymentId]) => context.sequence.idle(paymentId)));
  return context.ports.ledger.outlook(request.site);
}

/** Who pays the site: undefined where its account is not in the wallet. */
export function payerSeen({ vault, journal }: Look): Address | undefined {
  return "accounts" in vault ? payerAmong(vault.accounts, journal.accounts) : undefined;
}

/**
 * A payment begun for this resource whose bytes are to be sent again. Its provider is asked for the receipt first: one
 * that says nothing was charged ends it, and the request is paid anew.
 */
export async function takenUp(
  context: PaymentContext,
  request: Intercepted,
  offers: readonly PayableOffer[],
  { journal }: Look,
) {
  const begun = await findBegun(context, request, offers, journal.begun);
  if (!begun || begun.payment.state === "delivered") return begun;
  await reconcilePayment(context, begun.payment.id).catch((error) =>
    context.ports.report("A payment could not be reconciled", error),
  );
  return findBegun(context, request, offers, (await journalOf(context, request)).begun);
}

/** The offers, best first. */
export async function ranked(
  context: PaymentContext,
  request: Intercepted,
  offers: readonly PayableOffer[],
): Promise<readonly PayableOffer[]> {
  // Which of them a channel can pay tells only channels apart.
  if (offers.filter(({ scheme }) => scheme === "state-channel").length < 2) return rankOffers(offers, []);
  const channels = await context.ports.ledger.listChannels({ payeeOrigin: new URL(request.url).origin });
  const networks = context.ports.networks();
  const snapshots = channels.flatMap((channel) => {
    const network = findNetwork(networks, channel.key.network);
    return network ? [snapshotOf(channel, network.chainId)] : [];
  });
  return rankOffers(offers, snapshots);
}
