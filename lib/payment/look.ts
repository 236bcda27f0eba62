/**
 * What is looked up before a payment is tried: the vault, and beside it the journal unless a guess will do. What is found
 * may be out of date a moment later; the ledger's own transaction and the signature have the last word.
 */
import { findNetwork } from "@tollpass/protocol";
import { snapshotOf } from "#channels";
import type { Intercepted } from "#intercept";
import { type ChosenAccounts, type Outlook, type PaymentRecord, resourceOf } from "#ledger";
import { type PayableOffer, rankOffers } from "#schemes";
import type { VaultLook } from "#vault";
import type { Standing } from "./attempt.ts";
import type { PaymentContext } from "./context.ts";
import { payerAmong } from "./payer.ts";
import { reconcilePayment } from "./reconcile.ts";
import { type Begun, findBegun } from "./resume.ts";

export interface Look {
  /** How many answers the person had given before. */
  readonly answers: number;
  readonly vault: VaultLook;
  readonly unlocked: boolean;
  readonly accounts: ChosenAccounts;
  /** What was begun and has no end; undefined where the journal was not read. */
  readonly begun: readonly PaymentRecord[] | undefined;
}

const NONE_CHOSEN: ChosenAccounts = { own: undefined, wallet: undefined };

/**
 * Enough for the first try: the vault, and the accounts as they were chosen when they were last read. Most sites have the
 * wallet's own account and nothing begun, and the ledger says so if that is wrong: a transaction less to wait for.
 */
export async function glance(context: PaymentContext, request: Intercepted): Promise<Look> {
  const { answers } = context.questions;
  const [vault] = await Promise.all([context.ports.vault.look(), toldLosses(context, request)]);
  const accounts = context.chosen.get(request.site) ?? NONE_CHOSEN;
  return { answers, vault, unlocked: vault.status === "unlocked", accounts, begun: undefined };
}

export async function look(context: PaymentContext, request: Intercepted): Promise<Look> {
  const { answers } = context.questions;
  const [vault, { accounts, begun }] = await Promise.all([context.ports.vault.look(), journalOf(context, request)]);
  context.chosen.set(request.site, accounts);
  return { answers, vault, unlocked: vault.status === "unlocked", accounts, begun };
}

/**
 * For a request that has waited for room in its channel: the lock and the answers, and nothing else. Whether the site may
 * be paid, and by which account, the ledger asks anew.
 */
export async function lookAtLock(context: PaymentContext, seen: Look): Promise<Look> {
  const { answers } = context.questions;
  return { ...seen, answers, unlocked: await context.ports.vault.isUnlocked() };
}

async function journalOf(context: PaymentContext, request: Intercepted): Promise<Outlook> {
  await toldLosses(context, request);
  return context.ports.ledger.outlook(request.site);
}

/** A loss that was told and is not written down yet: to look before it is would pay for the same once more. */
async function toldLosses(context: PaymentContext, request: Intercepted): Promise<void> {
  const same = [...context.inFlight].filter(([, { resource }]) => resource === resourceOf(request));
  await Promise.all(same.map(([paymentId]) => context.sequence.idle(paymentId)));
}

/** Who would pay the site; undefined where its account is not in the wallet. */
export function standingOf({ vault, unlocked, accounts }: Look, passed: ReadonlySet<string>): Standing | undefined {
  if (!("accounts" in vault)) return undefined;
  const payer = payerAmong(vault.accounts, accounts);
  if (!payer) return undefined;
  return { payer, unlocked, given: { passed, isPayer: (chosen) => payerAmong(vault.accounts, chosen) === payer } };
}

/**
 * A payment begun for this resource whose bytes are to be sent again, and the ids of those that are passed over. Its
 * provider is asked for the receipt first: one that says nothing was charged ends it, and the request is paid anew.
 */
export async function takenUp(
  context: PaymentContext,
  request: Intercepted,
  offers: readonly PayableOffer[],
  { begun = [] }: Look,
): Promise<Begun> {
  const found = await findBegun(context, request, offers, begun);
  if (!found.taken || found.taken.payment.state === "delivered") return found;
  await reconcilePayment(context, found.taken.payment.id).catch((error) =>
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
