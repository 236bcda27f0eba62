/**
 * The three headers of x402 version 2 and their schemas: PAYMENT-REQUIRED (server asks), PAYMENT-SIGNATURE (client
 * pays), PAYMENT-RESPONSE (server answers). What a scheme adds stays unparsed in `extra` and `payload`.
 */
import { z } from "zod";
import { addressSchema } from "./address.ts";
import { amountSchema } from "./amount.ts";
import { ProtocolError } from "./error.ts";
import { decodeHeader, encodeHeader } from "./header.ts";

export const PAYMENT_REQUIRED = "PAYMENT-REQUIRED";
export const PAYMENT_SIGNATURE = "PAYMENT-SIGNATURE";
export const PAYMENT_RESPONSE = "PAYMENT-RESPONSE";

const jsonObject = z.record(z.string(), z.unknown());

/** A field that may be missing. Servers in other languages write null for it. */
const maybe = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? undefined);

export const resourceSchema = z.object({
  url: z.string().max(8192),
  description: maybe(z.string()).optional(),
  mimeType: maybe(z.string()).optional(),
});
export type Resource = z.output<typeof resourceSchema>;

/** One way to pay, as a server lists it. `amount` in atomic units of `asset`; the zero address is the native coin. */
export const requirementSchema = z.object({
  scheme: z.string().min(1).max(64),
  network: z.string().min(1).max(64),
  amount: amountSchema,
  asset: addressSchema,
  payTo: addressSchema,
  maxTimeoutSeconds: z.number().nonnegative(),
  extra: jsonObject.optional(),
});
export type Requirement = z.output<typeof requirementSchema>;

const paymentRequiredSchema = z.object({
  x402Version: z.literal(2),
  error: z.string().optional(),
  resource: resourceSchema,
  accepts: z.array(jsonObject).min(1).max(64),
  extensions: jsonObject.optional(),
});

/** A parsed PAYMENT-REQUIRED. `accepts` keeps each entry as it was sent: what is paid is echoed verbatim. */
export interface PaymentRequired {
  readonly x402Version: 2;
  readonly error?: string | undefined;
  readonly resource: Resource;
  readonly accepts: readonly Readonly<Record<string, unknown>>[];
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

const paymentSignatureSchema = z.object({
  x402Version: z.literal(2),
  resource: resourceSchema,
  accepted: jsonObject,
  payload: jsonObject,
  extensions: jsonObject.optional(),
});
export type PaymentSignature = z.output<typeof paymentSignatureSchema>;

const paymentResponseSchema = z.object({
  success: z.boolean(),
  errorReason: maybe(z.string()).optional(),
  transaction: maybe(z.string()).optional(),
  network: maybe(z.string()).optional(),
  payer: maybe(z.string()).optional(),
  amount: maybe(amountSchema).optional(),
  extra: maybe(jsonObject).optional(),
});
export type PaymentResponse = z.output<typeof paymentResponseSchema>;

function parse<S extends z.ZodType>(schema: S, header: string, name: string): z.output<S> {
  const result = schema.safeParse(decodeHeader(header));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  throw new ProtocolError("malformed_header", `${name} ${where ? `(${where}) ` : ""}is not as x402 version 2 says`);
}

export const encodePaymentRequired = (value: PaymentRequired): string => encodeHeader(value);
export const decodePaymentRequired = (header: string): PaymentRequired =>
  parse(paymentRequiredSchema, header, PAYMENT_REQUIRED);

export const encodePaymentSignature = (value: PaymentSignature): string => encodeHeader(value);
export const decodePaymentSignature = (header: string): PaymentSignature =>
  parse(paymentSignatureSchema, header, PAYMENT_SIGNATURE);

export const encodePaymentResponse = (value: PaymentResponse): string => encodeHeader(value);
export const decodePaymentResponse = (header: string): PaymentResponse =>
  parse(paymentResponseSchema, header, PAYMENT_RESPONSE);
