/** What the screens are shown of channels: what is in them, the ways out, closes by the payee, and the search for them. */
import { z } from "zod";
import { milliseconds, moneySchema, origin } from "./viewParts.ts";

/** What became of proving a payee's close wrong. */
export const challengeSchema = z.enum(["sent", "locked", "short_of_gas", "failed", "refused", "day_limit"]);

/** A close by a site that takes what it had given back, while it can still be answered. */
export const disputeSchema = z.object({
  host: z.string(),
  /** What the site asks for over the channel's whole life. */
  asks: moneySchema,
  /** Until then it can be answered. */
  deadline: milliseconds,
  challenge: challengeSchema,
});
export type Dispute = z.output<typeof disputeSchema>;

/** One channel. paid + inFlight + unused = deposit. */
export const channelViewSchema = z.object({
  id: z.string(),
  host: z.string(),
  site: origin,
  network: z.string(),
  networkName: z.string(),
  status: z.enum(["opening", "open", "exiting", "closing", "closed", "restored"]),
  trusted: z.boolean(),
  deposit: moneySchema,
  paid: moneySchema,
  inFlight: moneySchema,
  unused: moneySchema,
  payments: z.int(),
  openedAt: milliseconds,
  /** When the rest can be taken, once an exit was asked for. */
  exitAt: milliseconds.optional(),
  exitDelay: z.int(),
  /** A close that the payee started by itself. Absent when the reader asked for the close. */
  payeeClose: z
    .object({
      /** What the payee asks for over the channel's whole life. */
      asks: moneySchema,
      /** From then on the rest can be taken; before, a close that takes too much can be challenged. */
      deadline: milliseconds,
      /** What became of the challenge; absent where no receipt shows that the payee takes too much. */
      challenge: challengeSchema.optional(),
      /** With `short_of_gas`: the fee, and what the account at `address` has. */
      need: moneySchema.optional(),
      have: moneySchema.optional(),
      address: z.string(),
    })
    .optional(),
  /** The person wants to leave it, and Tollpass goes on trying: nothing is paid from it meanwhile. */
  exitWish: z
    .object({
      ownGas: z.boolean(),
      /** It has been signed and sent with own gas: it cannot be taken back. */
      sent: z.boolean(),
      /** Why the last try came to nothing, with what is missing. */
      problem: z.string().optional(),
      need: moneySchema.optional(),
      have: moneySchema.optional(),
      address: z.string(),
    })
    .optional(),
  /** Found on chain by the phrase: what the site is owed is not known here, and where it is may not be either. */
  found: z.boolean(),
  /** Whether the address is known at which the site can be asked. */
  siteKnown: z.boolean(),
  /** Whether the site or a relayer of the list may send an exit. */
  relay: z.boolean(),
  payee: z.string(),
  contract: z.string(),
});
export type ChannelView = z.output<typeof channelViewSchema>;

/** How far the search for the phrase's channels came. */
export const searchViewSchema = z.object({
  /** From 0 to 1 of all blocks of all networks. */
  share: z.number().min(0).max(1),
  found: z.int(),
  /** Found ones that hold a token which this wallet does not know: they are not shown. */
  unlisted: z.int(),
  finishedAt: milliseconds.optional(),
  /** Why it does not go on just now; it tries again by itself. */
  problem: z.string().optional(),
});
export type SearchView = z.output<typeof searchViewSchema>;
