/**
 * What everything costs at the demo newspaper. The only place where a price stands: routes, labels, the owner's page
 * and `npm run demo -- --check` all read it. A path may end in `*`. Prices are in dollars, to six decimals.
 * `TOLL_TIMES_PRICES` changes them for one run (see `repricing.ts`).
 */
import { repriced } from "./repricing.ts";

export interface Good {
  /** Dollars for one request; for a metered good, the most that one request can cost. */
  readonly price: string;
  /** What is sold, in a few words: the headline of a story. */
  readonly description: string;
  /** Set on a metered good: dollars for each result found, up to `price` in all. */
  readonly perHit?: string;
}

/** Sold by the newspaper itself, over a channel. */
export const PRICES = repriced({
  "/stories/the-harbour-at-night": { price: "$0.02", description: "The harbour at night" },
  "/stories/the-last-tollkeeper": { price: "$0.015", description: "The last tollkeeper of Quill Bridge" },
  "/stories/under-the-bridge": { price: "$0.03", description: "“We were infrastructure”: a troll looks back" },
  "/stories/free-as-in-ferry": { price: "$0.004", description: "Free as in ferry" },
  "/stories/what-a-cent-weighs": { price: "$0.005", description: "What a cent weighs" },
  "/stories/room-402": { price: "$0.01", description: "Room 402 is finally let" },
  "/stories/exact-change-only": { price: "$0.002", description: "Exact change only" },
  "/stories/the-man-who-paid-twice": { price: "$0.007", description: "The man who paid twice" },
  "/stories/obituary-the-subscription": { price: "$0.012", description: "Obituary: the monthly subscription" },
  "/pictures/*": { price: "$0.002", description: "An illustration" },
  "/films/the-lift-bridge.webm": { price: "$0.015", description: "Film: the lift bridge opens" },
  "/wire.json": { price: "$0.0005", description: "One line of the wire" },
  "/weather.json": { price: "$0.001", description: "The harbour master’s weather" },
  "/archive/search": { price: "$0.01", perHit: "$0.001", description: "A search of the archive" },
  "/puzzle/crossword": { price: "$0.005", description: "The very small crossword" },
});

/** Sold by the partner desk: another seller on a server of its own, paid with the x402 `exact` scheme. */
export const PARTNER_PRICES = repriced({
  "/tide-tables": { price: "$0.01", description: "Tide tables for the coming week" },
});
