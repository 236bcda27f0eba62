// The payer of a life: the wallet's own planning and weighing of receipts, and on demand states that no wallet signs.
import assert from "node:assert/strict";
import {
  type ChannelContract,
  encodePaymentSignature,
  MAX_AMOUNT,
  type Network,
  type Offer,
  type State,
} from "@tollpass/protocol";
import type { Hex, LocalAccount } from "viem";
import {
  type AckPlan,
  ackRequest,
  assessOffer,
  type ChannelOffer,
  type ChannelPlan,
  type ChannelRequest,
  type ChannelSnapshot,
  emptySnapshot,
  type Funds,
  headerOf,
  type Outcome,
  type PendingDeposit,
  planAck,
  planPayment,
  type SettleContext,
  type SigningRequest,
  signaturesOf,
  type VerifiedReceipt,
} from "#schemes";
import type { Fault } from "./faults.ts";

/** One payment that was signed, and what became of it. */
export interface Letter {
  readonly nonce: bigint;
  readonly path: string;
  readonly price: bigint;
  readonly plan: ChannelPlan;
  readonly header: string;
  /** The payer's signature on the state. */
  readonly signature: Hex;
  /** How often these bytes have left. */
  sent: number;
  at: "on the way" | "being served" | "over";
  abandoned: boolean;
  held?: VerifiedReceipt | undefined;
}

/** A receipt, or an answer without one, on its way to the reader. */
export interface Mail {
  readonly letter: Letter;
  weigh(context: SettleContext): Promise<Outcome>;
}

/** What a state is changed into before it is signed. */
export type Forgery = (state: State) => State;

export interface Identity {
  readonly account: LocalAccount;
  readonly session: LocalAccount;
  readonly salt: Hex;
}

export class Reader {
  readonly letters: Letter[] = [];
  readonly mail: Mail[] = [];
  /** The payee broke the protocol: nothing more is signed for it. */
  cheated: string | undefined;
  /** The most that was ever acknowledged, which is the payee's for good. */
  acknowledged = 0n;
  readonly identity: Identity;
  private readonly network: Network;
  private readonly fault: Fault;
  private known: ChannelSnapshot | undefined;

  constructor(identity: Identity, network: Network, fault: Fault) {
    this.identity = identity;
    this.network = network;
    this.fault = fault;
  }

  get snapshot(): ChannelSnapshot {
    assert.ok(this.known, "the reader has a channel");
    return this.known;
  }
  learn(news: Partial<ChannelSnapshot>): void {
    this.known = { ...this.snapshot, ...news };
  }

  offer(offer: Offer): ChannelOffer {
    const assessed = assessOffer(
      offer,
      { url: offer.resource.url, method: "GET" },
      { networks: [this.network], enabled: [this.network.id], allowLoopback: false, mainnetChannels: false },
    );
    assert.ok(assessed.kind === "payable" && assessed.offer.scheme === "state-channel", "the offer can be paid");
    return assessed.offer;
  }

  private sign({ key, typedData }: SigningRequest): Promise<Hex> {
    const { account, session } = this.identity;
    return (key.kind === "account" ? account : session).signTypedData(typedData as never);
  }

  /** Plans and signs a payment for this offer; undefined where the wallet would not. `now` in seconds since 1970. */
  async pay(
    offer: ChannelOffer,
    input: { path: string; now: number; random: Hex; tailCap?: bigint; funds?: Funds | undefined; forge?: Forgery },
  ): Promise<Letter | undefined> {
    const { account, session, salt } = this.identity;
    const planned = planPayment(offer, {
      facts: { url: offer.offer.resource.url, method: "GET" },
      payer: account.address,
      now: input.now,
      random: input.random,
      funds: input.funds,
      // Whoever forges what it signs does not stop at what the channel holds either.
      channel: this.known && input.forge ? { ...this.known, deposit: MAX_AMOUNT } : this.known,
      newChannel: { salt, payerSigner: session.address },
      tailCap: input.tailCap,
    });
    if (planned.kind !== "plan" || planned.plan.scheme !== "state-channel") return undefined;
    const plan: ChannelPlan = input.forge ? { ...planned.plan, state: input.forge(planned.plan.state) } : planned.plan;
    this.known ??= { ...emptySnapshot(plan.contract, plan.channel) };
    this.count(planned.plan.state, plan.gross, plan.deposit);
    if (plan.state.earned > this.acknowledged) this.acknowledged = plan.state.earned;
    const signatures: Record<string, Hex> = {};
    for (const request of signaturesOf(plan)) signatures[request.slot] = await this.sign(request);
    const letter: Letter = {
      nonce: plan.state.nonce,
      path: input.path,
      price: plan.price,
      plan,
      header: headerOf(plan, signatures).value,
      signature: signatures.state ?? "0x",
      sent: 0,
      at: "on the way",
      abandoned: false,
    };
    this.letters.push(letter);
    return letter;
  }

  /** What the wallet's ledger takes down of a state before it is signed. */
  private count({ nonce, owed, credited }: State, gross: bigint, pendingDeposit: PendingDeposit | undefined): void {
    this.learn({ nonce, authorized: owed + credited, gross, ...(pendingDeposit && { pendingDeposit }) });
  }

  /** A state of price 0, its signature, and the header of the POST that brings it. */
  async acknowledge(
    offer: ChannelOffer,
    forge?: Forgery,
  ): Promise<{ readonly header: string; readonly state: State; readonly signature: Hex }> {
    const honest: AckPlan = planAck(this.snapshot);
    const plan = forge ? { ...honest, state: forge(honest.state) } : honest;
    this.count(honest.state, this.snapshot.gross, undefined);
    if (plan.state.earned > this.acknowledged) this.acknowledged = plan.state.earned;
    const request = ackRequest(plan);
    const signature = await this.sign(request.signing);
    return { header: await this.request(offer, request), state: plan.state, signature };
  }

  /** A signed request to the channel's server, as the header that brings it. */
  async request({ offer }: ChannelOffer, { signing, body }: ChannelRequest): Promise<string> {
    const payload = JSON.parse(body(await this.sign(signing)));
    return encodePaymentSignature({ x402Version: 2, resource: offer.resource, accepted: offer.accepted, payload });
  }

  /** Gives a request up: its room is used by others. */
  abandon(letter: Letter): void {
    if (letter.abandoned || letter.held) return;
    letter.abandoned = true;
    this.learn({ gross: this.snapshot.gross - letter.price });
  }

  /** Takes one piece of mail into the totals, as the ledger does. */
  async read({ letter, weigh }: Mail): Promise<void> {
    const others = this.letters.filter((other) => other.held && other !== letter);
    const uncharged = others.reduce((sum, { price, held }) => sum + price - (held?.charged ?? 0n), 0n);
    const context = { credited: this.snapshot.credited, uncharged, held: letter.held, resent: letter.sent > 1 };
    const outcome = await weigh(this.fault.context?.(context) ?? context);
    if (outcome.kind === "cheated") this.cheated ??= outcome.reason;
    if ((outcome.kind !== "delivered" && outcome.kind !== "not_charged") || !outcome.receipt) return;
    const { receipt } = outcome;
    // A receipt for a request that was given up after all: it counts again.
    if (letter.abandoned && !letter.held) this.learn({ gross: this.snapshot.gross + letter.price });
    letter.held = receipt;
    const credited = receipt.credited > this.snapshot.credited ? receipt.credited : this.snapshot.credited;
    this.learn({ credited, earned: this.due });
  }

  /** What the receipts in hand say was charged. */
  get due(): bigint {
    return this.letters.reduce((sum, { held }) => sum + (held?.charged ?? 0n), 0n);
  }

  /** The full prices of what there is no receipt for: all that the reader can lose. */
  get exposed(): bigint {
    return this.letters.reduce((sum, { held, price }) => sum + (held ? 0n : price), 0n);
  }

  get contract(): ChannelContract {
    return this.snapshot.contract;
  }
}
