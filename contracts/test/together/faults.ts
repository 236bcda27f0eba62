// What a provider or a wallet could get wrong, broken on purpose from outside: a run that does not notice proves nothing.
import { MAX_AMOUNT } from "@tollpass/protocol";
import type { ChannelRecord, Entry, Store } from "@tollpass/provider";
import type { SettleContext } from "#schemes";

/** One thing that is broken. Neither the middleware nor the wallet's rules know of it: they are lied to. */
export interface Fault {
  /** What the provider's store tells it. */
  store?(honest: Store): Store;
  /** What the wallet believes to know when it weighs a receipt. */
  context?(honest: SettleContext): SettleContext;
}

export const NO_FAULT: Fault = {};

type Book = ChannelRecord["book"];

/** The same channel, as if no more than this were authorised and not given back. */
const authorisedAs = (entry: Entry, spokenFor: (book: Book) => bigint): Entry => {
  const { channel } = entry;
  if (!channel) return entry;
  const { book } = channel;
  return { ...entry, channel: { ...channel, book: { ...book, authorised: book.credited + spokenFor(book) } } };
};

/** Refunds as if nothing but this were spoken for; everything else is decided by the true books. */
const refundsAllBut = (spokenFor: (book: Book) => bigint): Fault => ({
  store: (honest) => ({
    ...honest,
    update: (key, change) =>
      honest.update(key, (entry) => {
        const made = change(entry);
        if (made.channel || !entry.channel || entry.channel.refund) return made;
        const lied = change(authorisedAs(entry, spokenFor));
        if (!lied.channel?.refund) return made;
        return { ...lied, channel: { ...lied.channel, book: entry.channel.book } };
      }),
  }),
});

/** What has to be noticed, as what, and a seed whose first lives come upon it. */
export const FAULTS: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly noticed: RegExp;
  readonly seed: number;
}[] = [
  {
    name: "a provider that refunds what is being served",
    fault: refundsAllBut(({ charged }) => charged),
    noticed: /all that is due, under way and promised stays in the channel/,
    seed: 5,
  },
  {
    name: "a provider that refunds what may still be bought with what was signed",
    fault: refundsAllBut(({ charged, reserved }) => charged + reserved),
    noticed: /all that is due, under way and promised stays in the channel/,
    seed: 5,
  },
  {
    name: "a wallet that takes receipts which hide a credit",
    // As much as anybody could have given back counts as given back.
    fault: { context: (honest) => ({ ...honest, uncharged: -MAX_AMOUNT }) },
    noticed: /the payer lost \d+/,
    seed: 0x402,
  },
];
