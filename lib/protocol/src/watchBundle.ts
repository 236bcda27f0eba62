/**
 * What another machine needs to watch a wallet's channels: their terms and the payees' latest receipts. Nothing in it can
 * spend: no key, no phrase, no signature of the payer. Whoever holds it can only bring money back to the payer.
 */
import { z } from "zod";
import { addressSchema, signatureSchema } from "./address.ts";
import { ProtocolError } from "./error.ts";
import { toWireJson } from "./header.ts";
import { type Caip2, chainIdOf } from "./registry.ts";
import { channelSchema, receiptSchema } from "./typedData.ts";

const caip2Schema = z.custom<Caip2>((text) => typeof text === "string" && chainIdOf(text) !== undefined);

/** One channel. The receipt is the one with the highest `credited`; absent where the wallet holds none. */
const watchedChannelSchema = z.strictObject({
  network: caip2Schema,
  contract: addressSchema,
  channel: channelSchema,
  proof: z.strictObject({ receipt: receiptSchema, receiptSignature: signatureSchema }).optional(),
});
export type WatchedChannel = z.output<typeof watchedChannelSchema>;

const watchBundleSchema = z.strictObject({
  kind: z.literal("tollpass-watch"),
  version: z.literal(1),
  /** When it was made, in milliseconds since 1970. */
  exportedAt: z.int(),
  channels: z.array(watchedChannelSchema).max(10_000),
});
export type WatchBundle = z.output<typeof watchBundleSchema>;

/** The file's text: amounts as strings of digits. Throws what `parseWatchBundle` throws where a field does not fit. */
export function watchBundleText(bundle: WatchBundle): string {
  const text = JSON.stringify(JSON.parse(toWireJson(bundle)), null, 2);
  parseWatchBundle(text);
  return text;
}

/** Throws ProtocolError `malformed` with the first field that is wrong; fields that are not known are wrong too. */
export function parseWatchBundle(text: string): WatchBundle {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ProtocolError("malformed_bundle", "This is not a watch bundle: it is no JSON.");
  }
  const parsed = watchBundleSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "the whole";
  throw new ProtocolError("malformed_bundle", `This is not a watch bundle that can be read: ${where} is wrong.`);
}
