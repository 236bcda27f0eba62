/**
 * What a provider keeps, and what a store must guarantee about it: channels with their totals and best states, and one
 * record per accepted payment with its answer.
 */
import {
  addressSchema,
  bytes32Schema,
  channelSchema,
  nonceSchema,
  type Receipt,
  signatureSchema,
  stateSchema,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import { z } from "zod";

/** Totals at rest: digits. Sums may pass the 96 bits of one amount, so this is wider than the wire's schema. */
const total = z
  .string()
  .regex(/^[0-9]{1,39}$/)
  .transform((text) => BigInt(text));

const bookSchema = z.object({
  authorised: total,
  credited: total,
  charged: total,
  gross: total,
  reserved: total,
  acknowledged: total,
  peak: total,
  nonce: nonceSchema,
});

const signedStateSchema = z.object({ state: stateSchema, signature: signatureSchema });
export type SignedState = z.output<typeof signedStateSchema>;

export const channelRecordSchema = z.object({
  id: bytes32Schema,
  chainId: z.int(),
  contract: addressSchema,
  channel: channelSchema,
  book: bookSchema,
  /** The state with the highest `owed + credited`, of those the one with the highest nonce: for a close. */
  top: signedStateSchema.optional(),
  /** The state with the highest `earned`: for claims. */
  best: signedStateSchema.optional(),
  /** What the chain said at `checkedAt` (milliseconds since 1970). Amounts in atomic units, `exitAt` in seconds. */
  deposit: total,
  settled: total,
  refundNonce: z.int(),
  status: z.enum(["open", "exiting", "closing", "closed"]),
  exitAt: z.int(),
  checkedAt: z.number(),
  /** Number of the block that this was read from. */
  readBlock: total.optional(),
  /** Since when the chain is known to say that it is closed (milliseconds since 1970). */
  closedAt: z.number().optional(),
  /** The refund that is signed and neither mined nor expired. Never more than one. */
  refund: z.object({ refundNonce: z.int(), amount: total, deadline: z.int() }).optional(),
  /** The close that is decided. While it stands no state is accepted and no credit note signed. */
  close: z.object({ paid: total, deadline: z.int(), signature: signatureSchema }).optional(),
  /** The payee's own close, decided for good: what it asks for, with the state that it shows. The same holds of it. */
  ending: signedStateSchema.extend({ amount: total }).optional(),
  /** Nonce of the payment finished last, whose receipt is the latest. */
  latest: nonceSchema.optional(),
  openedAt: z.number(),
});
export type ChannelRecord = z.output<typeof channelRecordSchema>;

export const paymentRecordSchema = z.object({
  channelId: bytes32Schema,
  nonce: nonceSchema,
  /** Hash of payload, method, URL and body: equal for the same request sent again. */
  digest: bytes32Schema,
  method: z.string(),
  /** `resource.url` as the payer named it; part of the receipt. */
  url: z.string(),
  bodyDigest: bytes32Schema,
  /** `receiptTicket` of the state's signature: who has it may fetch the receipt. */
  ticket: bytes32Schema,
  price: total,
  /**
   * reserved: being served, with the status once headers are about to leave. done: `charged`, `credited` and `status` are final, but for credit notes. ack: a state of
   * price 0, which is a nonce used and no purchase.
   */
  phase: z.enum(["reserved", "done", "ack"]),
  charged: total,
  credited: total,
  /** HTTP status that the answer left with, also if it broke off later; 0 if none left. */
  status: z.int(),
  /** How the same request is answered when it comes again: from here, by serving it anew, or not at all. */
  repeat: z.enum(["stored", "serve", "gone"]),
  headers: z.array(z.tuple([z.string(), z.union([z.string(), z.array(z.string())])])),
  /** Milliseconds since 1970. */
  acceptedAt: z.number(),
  finishedAt: z.number(),
});
export type PaymentRecord = z.output<typeof paymentRecordSchema> & {
  /** Body of a stored answer, undefined once it was dropped. */
  readonly body?: Uint8Array | undefined;
};

/** What a change sees: the records as they are at this moment, undefined where there are none. */
export interface Entry {
  readonly channel: ChannelRecord | undefined;
  readonly payment: PaymentRecord | undefined;
}

/** What a change asks to be written (absent: unchanged), and what it wants to tell its caller. */
export interface Change<T> {
  readonly channel?: ChannelRecord;
  readonly payment?: PaymentRecord;
  readonly result: T;
}

/**
 * Keeps everything of a provider. `update` is the only way to write: it reads the channel and, if a nonce is given, the
 * payment, calls `change` (synchronous, without side effects; it may be called again) and writes what it returns, all
 * or nothing, one after the other per channel. When its promise resolves, a durable store has it on disk.
 */
export interface Store {
  /** Changes are atomic. A store that cannot promise this is no `Store`. */
  readonly atomic: true;
  /** Whether what was written survives the death of the process and of the machine. */
  readonly durable: boolean;
  update<T>(key: { channelId: Hex; nonce?: bigint }, change: (entry: Entry) => Change<T>): Promise<T>;
  channel(channelId: Hex): Promise<ChannelRecord | undefined>;
  channels(): Promise<ChannelRecord[]>;
  payment(channelId: Hex, nonce: bigint): Promise<PaymentRecord | undefined>;
  /** The payments finished last, newest first, without bodies. */
  payments(limit: number): Promise<PaymentRecord[]>;
  /** Payments that are reserved: after a crash, those that were being served. */
  reserved(): Promise<PaymentRecord[]>;
  /** The secret of this name, made by `make` at the first time and the same ever after. */
  secret(name: string, make: () => Hex): Promise<Hex>;
  /** Drops the bodies of answers finished before `time` (milliseconds since 1970). */
  dropBodies(time: number): Promise<void>;
  close(): Promise<void>;
}

/** The receipt message of a finished payment. `ref` is computed by the caller from what was bought. */
export function receiptOf(payment: PaymentRecord, ref: Hex): Receipt {
  const { channelId, nonce, charged, credited } = payment;
  return { channelId, nonce, charged, credited, ref };
}
