/** What a server's answer proves about a state-channel payment (protocol section 3, "Client"). */
import {
  decodePaymentRequired,
  decodePaymentResponse,
  type Last,
  lastSchema,
  PAYMENT_REQUIRED,
  PAYMENT_RESPONSE,
  ProtocolError,
  type Receipt,
  receiptBodySchema,
  receiptRef,
  receiptTypedData,
  STATE_CHANNEL,
  type StateChannelResponseExtra,
  stateChannelResponseExtraSchema,
  stateTypedData,
  verifySignature,
  ZERO_BYTES32,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import type { Answer, ChannelSnapshot, Outcome, SettleContext, SignedReceipt, VerifiedReceipt } from "../scheme.ts";
import type { ChannelPlan } from "./plan.ts";

/**
 * A receipt decides, whatever the status: it is verified and weighed. Without one nothing is proven and the money stays
 * reserved, also after a 402 or a 5xx. A metered answer has its receipt at `receiptUrl` once its body has ended.
 */
export async function settleChannelPayment(
  plan: ChannelPlan,
  answer: Answer | undefined,
  context: SettleContext,
): Promise<Outcome> {
  if (!answer) return { kind: "unknown", reason: "lost_answer" };
  const signed = receiptIn(answer);
  if (answer.status === 409 && !context.resent) return weighConflict(plan, answer, signed);
  if (signed) {
    const outcome = await weighReceipt(plan, signed, answer.status, context);
    const used = outcome.kind === "unknown" && outcome.reason === "nonce_used";
    return used ? { ...outcome, last: extraIn(answer)?.last } : outcome;
  }
  if (answer.status === 402) return { kind: "unknown", reason: "refused_402", ...refusalIn(answer) };
  return { kind: "unknown", reason: answer.status >= 500 ? "server_failed" : "no_receipt" };
}

/**
 * To a first attempt, 409 shows what else this nonce was used for: nothing about this payment, and no lie either, since
 * a wallet whose journal was put back from a backup signs a nonce again without knowing.
 */
async function weighConflict(plan: ChannelPlan, answer: Answer, signed: SignedReceipt | undefined): Promise<Outcome> {
  const used = signed !== undefined && (await isOfOther(plan, signed));
  return { kind: "unknown", reason: used ? "nonce_used" : "no_receipt", last: extraIn(answer)?.last };
}

async function isOfOther(plan: ChannelPlan, { receipt, signature }: SignedReceipt): Promise<boolean> {
  const { channelId, nonce } = plan.state;
  if (receipt.channelId !== channelId || receipt.nonce !== nonce || refersTo(plan, receipt, 409)) return false;
  return verifySignature(receiptTypedData(plan.contract, receipt), signature, plan.channel.payeeSigner);
}

/** Where the receipt of this payment can be asked for, also after a lost answer. */
export function receiptUrl(plan: ChannelPlan): string {
  return `${plan.receipts}/${plan.state.channelId}/${plan.state.nonce}`;
}

/**
 * Weighs the JSON body that `receiptUrl` gave. `status` is that of the answer to the payment, or undefined if it was
 * lost. A receipt about another method, URL or body delivers nothing in either case: it is a lie beside a known status,
 * but `nonce_used` where the answer was, or may have been, the 409 that says what else the nonce bought.
 */
export async function settleFetchedReceipt(
  plan: ChannelPlan,
  body: unknown,
  status: number | undefined,
  context: SettleContext,
): Promise<Outcome> {
  const parsed = receiptBodySchema.safeParse(body);
  if (!parsed.success) return { kind: "unknown", reason: "no_receipt" };
  const { receipt, receiptSignature } = parsed.data;
  return weighReceipt(plan, { receipt, signature: receiptSignature }, status, context);
}

async function weighReceipt(
  plan: ChannelPlan,
  { receipt, signature }: SignedReceipt,
  status: number | undefined,
  context: SettleContext,
): Promise<Outcome> {
  const { channelId, nonce } = plan.state;
  const genuine = await verifySignature(receiptTypedData(plan.contract, receipt), signature, plan.channel.payeeSigner);
  if (!genuine) return { kind: "cheated", reason: "receipt_forged" };
  // A browser's cache may show the answer to an earlier payment: true, and no proof about this one.
  if (receipt.channelId !== channelId || receipt.nonce !== nonce) return { kind: "unknown", reason: "no_receipt" };
  if (!refersTo(plan, receipt, status)) {
    return status === undefined || status === 409
      ? { kind: "unknown", reason: "nonce_used" }
      : { kind: "cheated", reason: "receipt_of_other_request" };
  }
  if (receipt.charged > plan.price) return { kind: "cheated", reason: "receipt_overcharged" };
  const verified = newer(context.held, { ...pick(receipt), signature });
  if (!verified) return { kind: "cheated", reason: "receipt_overcharged" };
  const credited = receipt.credited > context.credited ? receipt.credited : context.credited;
  if (credited < context.uncharged + plan.price - verified.charged) {
    return { kind: "cheated", reason: "receipt_uncredited" };
  }
  if (verified.charged === 0n) return { kind: "not_charged", receipt: verified };
  return { kind: "delivered", charged: verified.charged, receipt: verified };
}

/**
 * The later of two receipts of one nonce, or undefined if they contradict each other. Credit only rises and the charge
 * of a nonce only falls, so more credit with a higher charge, or two charges at one credit, cannot both be true.
 */
function newer(held: VerifiedReceipt | undefined, fresh: VerifiedReceipt): VerifiedReceipt | undefined {
  if (!held) return fresh;
  const [early, late] = held.credited <= fresh.credited ? [held, fresh] : [fresh, held];
  if (late.charged > early.charged) return undefined;
  if (late.credited === early.credited && late.charged !== early.charged) return undefined;
  return late;
}

function pick({ nonce, charged, credited, ref }: Receipt) {
  return { nonce, charged, credited, ref };
}

/**
 * Whether the receipt is about this method, URL and body. Its status is most often the one that was seen, but caches
 * (304), servers in between (206) and answers that broke off (0) make it another one, which is nobody's lie; nor is it
 * known where the answer was lost. The hash hides it, so all of them are tried.
 */
function refersTo(plan: ChannelPlan, receipt: Receipt, status = 200): boolean {
  const { method, resource, bodyDigest = ZERO_BYTES32 } = plan;
  const about = (code: number) => receiptRef({ method, url: resource.url, bodyDigest, status: code }) === receipt.ref;
  return about(status) || STATUSES.some(about);
}

/** Every status that an answer can have (browsers pass on those above 599 too), and 0 for one that broke off. */
const STATUSES = [0, ...Array.from({ length: 900 }, (_, index) => 100 + index)];

function receiptIn(answer: Answer): SignedReceipt | undefined {
  const { receipt, receiptSignature: signature } = extraIn(answer) ?? {};
  return receipt && signature && { receipt, signature };
}

function extraIn(answer: Answer): StateChannelResponseExtra | undefined {
  const response = readHeader(() => decodePaymentResponse(answer.header(PAYMENT_RESPONSE.toLowerCase()) ?? ""));
  return stateChannelResponseExtraSchema.safeParse(response?.extra).data;
}

function refusalIn(answer: Answer): { refusal?: string | undefined; last?: Last | undefined } {
  const required = readHeader(() => decodePaymentRequired(answer.header(PAYMENT_REQUIRED.toLowerCase()) ?? ""));
  const entry = required?.accepts.find(
    ({ scheme, extra }) => scheme === STATE_CHANNEL && isObject(extra) && extra.last,
  );
  const last = lastSchema.safeParse(isObject(entry?.extra) ? entry.extra.last : undefined);
  return { refusal: required?.error, last: last.success ? last.data : undefined };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A header that cannot be read is no header. */
function readHeader<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** What a server's `last` adds to a snapshot. Only totals, and only upwards: it never makes anything payable. */
export interface Adopted {
  /** The server holds a higher total or nonce with the reader's signature than the wallet remembers: its journal has a hole. */
  readonly forgotten: boolean;
  readonly nonce: bigint;
  readonly authorized: bigint;
  readonly gross: bigint;
  /** The server's latest receipt if its signature is good: it settles its own nonce. */
  readonly receipt?: VerifiedReceipt | undefined;
}

/**
 * Adopts what a server remembers of a channel, if the reader's own signature is on it; otherwise undefined. Where the
 * server has a higher total with that signature than this wallet remembers, the difference counts as spent: the wallet
 * lost part of its journal, and room that it does not remember must not be used twice.
 */
export async function adoptLast(snapshot: ChannelSnapshot, last: Last): Promise<Adopted | undefined> {
  const { state, receipt, receiptSignature } = last;
  const { contract, channel, id } = snapshot;
  if (
    state.channelId !== id ||
    !(await verifySignature(stateTypedData(contract, state), last.stateSignature, channel.payerSigner))
  ) {
    return undefined;
  }
  const signed = state.owed + state.credited;
  const more = signed > snapshot.authorized;
  return {
    forgotten: more || state.nonce > snapshot.nonce,
    nonce: state.nonce > snapshot.nonce ? state.nonce : snapshot.nonce,
    authorized: more ? signed : snapshot.authorized,
    gross: more ? signed : snapshot.gross,
    receipt: await verifiedLast(snapshot, receipt, receiptSignature),
  };
}

async function verifiedLast(
  { contract, channel, id }: ChannelSnapshot,
  receipt: Receipt | undefined,
  signature: Hex | undefined,
): Promise<VerifiedReceipt | undefined> {
  if (!receipt || !signature || receipt.channelId !== id) return undefined;
  const genuine = await verifySignature(receiptTypedData(contract, receipt), signature, channel.payeeSigner);
  return genuine ? { ...pick(receipt), signature } : undefined;
}
