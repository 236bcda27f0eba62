/** What the steps of a payment share while the background lives. Nothing in it is needed for money to be right. */

import type { Hex } from "viem";
import type { ChosenAccounts, PaymentRecord } from "#ledger";
import type { PayableOffer } from "#schemes";
import { Dismissals } from "./dismissals.ts";
import { Notices } from "./notices.ts";
import type { PaymentPorts } from "./ports.ts";
import { Questions } from "./questions.ts";
import { Sequence, Turns } from "./turns.ts";

/** A payment under way; `for` is the id of the request that carries it. */
export interface Flight extends Pick<PaymentRecord, "channelId" | "amount"> {
  readonly for: string;
  /** What is bought, as `resourceOf` names it. */
  readonly resource: string;
}

export interface PaymentContext {
  readonly ports: PaymentPorts;
  readonly questions: Questions;
  readonly dismissals: Dismissals;
  readonly notices: Notices;
  /** Requests that wait for another payment of the same payee. */
  readonly turns: Turns;
  /** Keeps the events of one payment in their order. */
  readonly sequence: Sequence;
  /** Payments that are being signed or whose header is with the browser now, and the one request that it is for. */
  readonly inFlight: Map<string, Flight>;
  /** Payments whose body has ended and whose turn to journal that has not come; the write, if it was asked for already. */
  readonly endings: Map<string, Promise<PaymentRecord> | undefined>;
  /** By the id of a request: the lost payment that the person agreed to repeat with it. */
  readonly again: Map<string, string>;
  /** By site: the accounts that were chosen when that was last read. A guess, which the ledger checks. */
  readonly chosen: Map<string, ChosenAccounts>;
  /** By the salt of a deposit that is not confirmed: the payment that carries it now. */
  readonly carriers: Map<Hex, string>;
  /** Channels whose server asked for the latest receipt. */
  readonly proofWanted: Set<Hex>;
  /** Payees whose deposit is being sent with own gas, and its end. */
  readonly funding: Map<string, Promise<void>>;
  /** Channels for which an acknowledgement is about to be sent. */
  readonly acknowledging: Set<Hex>;
  /** Payments whose receipt was asked for a moment ago because others wait for its room. */
  readonly askedAfter: Set<string>;
  /** Steps of a reconciliation that run now, by name: whoever asks for one of them gets its end. */
  readonly running: Map<string, Promise<void>>;
}

export function createContext(ports: PaymentPorts): PaymentContext {
  return {
    ports,
    questions: new Questions(ports.questions, ports.now),
    dismissals: new Dismissals(ports.session),
    notices: new Notices(ports.session, ports.changed),
    turns: new Turns(),
    sequence: new Sequence(),
    inFlight: new Map(),
    endings: new Map(),
    again: new Map(),
    chosen: new Map(),
    carriers: new Map(),
    proofWanted: new Set(),
    funding: new Map(),
    acknowledging: new Set(),
    askedAfter: new Set(),
    running: new Map(),
  };
}

/** Names the payee of an offer as the wallet's channels see it: requests to it take turns under this key. */
export function turnKey(payeeOrigin: string, payable: PayableOffer): string {
  const { network, asset, payTo } = payable.offer;
  return [payeeOrigin, payable.scheme, network, asset, payTo].join(" ");
}
