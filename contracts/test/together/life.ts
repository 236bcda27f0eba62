// One life: a payer, a payee with the real middleware, and a real chain. Each step is done for real; after each of them
// the payee's books have to say what was done.
import assert from "node:assert/strict";
import { PAYMENT_SIGNATURE, parseChallenge, requestExitTypedData, type State, ZERO_BYTES32 } from "@tollpass/protocol";
import type { ChannelRecord, SignedReceipt, UnsentClose } from "@tollpass/provider";
import type { Hex } from "viem";
import { type ChannelOffer, type SettleContext, settlePayment } from "#schemes";
import type { Stage } from "../stories/stage.ts";
import type { Figures } from "./figures.ts";
import { receiptsIn } from "./issued.ts";
import { retold } from "./lies.ts";
import type { Letter, Reader } from "./reader.ts";
import { type Ending, type FuzzedShop, ORIGIN, type RouteName, type Visit } from "./shop.ts";
import type { LifePlan } from "./steps.ts";

/** A state that reached the payee, as a hostile one may use it. */
export interface Obtained {
  readonly state: State;
  readonly signature: Hex;
}

/** A request in its handler, and the answer that will come of it. */
interface Underway {
  readonly letter: Letter;
  readonly route: RouteName;
  readonly visit: Visit;
  readonly answer: Promise<Response>;
  readonly hangUp: AbortController;
  /** Requests with the same nonce that came meanwhile: they wait for its end. */
  readonly waiting: { readonly letter: Letter; readonly path: string; readonly answer: Promise<Response> }[];
}

export interface Setting {
  readonly stage: Stage;
  readonly figures: Figures;
  readonly reader: Reader;
  readonly plan: LifePlan;
  readonly offers: ReadonlyMap<RouteName, ChannelOffer>;
  /** What the reader had at first, in atomic units. */
  readonly purse: bigint;
  /** Starts the shop's process, on the same store each time. */
  start(): Promise<FuzzedShop>;
  /** Lets both clocks, the chain's and this process's, go forward. */
  wait(seconds: number): Promise<void>;
}

export class Life {
  readonly setting: Setting;
  readonly reader: Reader;
  readonly figures: Figures;
  shop: FuzzedShop | undefined;
  readonly underway: Underway[] = [];
  /** Every receipt that was ever signed and seen, by what it says. */
  readonly issued = new Map<string, SignedReceipt>();
  readonly obtained: Obtained[] = [];
  /** What each accepted nonce may have cost in the end: one amount, or two where the process died over it. */
  readonly costs = new Map<bigint, bigint[]>();
  decided: { readonly close: UnsentClose; readonly record: ChannelRecord } | undefined;
  submitted = false;
  /** What finished after the payee had decided to close: nobody is asked for it. */
  finishedLate = 0n;
  /** What strangers put into the channel. */
  gifts = 0n;

  constructor(setting: Setting) {
    this.setting = setting;
    this.reader = setting.reader;
    this.figures = setting.figures;
  }

  get id(): Hex {
    return this.reader.snapshot.id;
  }
  get honestPayee(): boolean {
    return this.setting.plan.payee === "honest";
  }
  get honestPayer(): boolean {
    return this.setting.plan.payer === "honest";
  }
  /** A payee that gives back, and signs receipts as if it never had. */
  get hidesCredit(): boolean {
    return this.setting.plan.payee === "hiding";
  }
  readonly now = (): number => Math.floor(Date.now() / 1_000);

  /** What the shop makes of this; undefined if there is none or its process dies over it. */
  async with<T>(work: (shop: FuzzedShop) => Promise<T>): Promise<T | undefined> {
    const { shop } = this;
    if (!shop) return undefined;
    const done = work(shop);
    done.catch(() => undefined);
    const result = await Promise.race([done, shop.died]).catch((failure: unknown) => {
      if (!shop.isDead()) throw failure;
    });
    if (shop.isDead()) {
      await this.bury();
      return undefined;
    }
    return result as T;
  }

  /** The process is gone: what it was serving has no answer. */
  async bury(): Promise<void> {
    const { shop } = this;
    if (!shop) return;
    this.shop = undefined;
    this.figures.deaths += 1;
    for (const { letter, answer } of this.underway.splice(0)) {
      letter.at = "over";
      answer.catch(() => undefined);
      this.costs.set(letter.nonce, [0n, ...(this.costs.get(letter.nonce) ?? [])]);
    }
    await shop.kill();
  }

  async reopen(): Promise<void> {
    this.shop ??= await this.setting.start();
  }

  record(): Promise<ChannelRecord | undefined> {
    return this.with(async ({ payment }) => (await payment.channels()).find(({ id }) => id === this.id));
  }

  /** Takes down a receipt that was signed. */
  keep({ receipt, receiptSignature }: SignedReceipt): void {
    const { nonce, charged, credited } = receipt;
    this.issued.set([nonce, charged, credited].join(), { receipt, receiptSignature });
  }
  /** Takes down every receipt that an answer shows. */
  keepAll(answer: Response, text: string): void {
    for (const signed of receiptsIn(answer, text)) this.keep(signed);
  }

  /** The first payment, with its deposit: served, and its receipt read. */
  async open(): Promise<void> {
    const offer = this.setting.offers.get("/note");
    assert.ok(offer);
    const { budget } = this.setting.plan;
    const letter = await this.reader.pay(offer, {
      path: "/note/0",
      now: this.now(),
      random: ZERO_BYTES32,
      funds: { leftInBudget: budget, balance: this.setting.purse, once: false },
    });
    assert.ok(letter, "the wallet opens the channel");
    this.obtained.push({ state: letter.plan.state, signature: letter.signature });
    await this.arrive(letter);
    const [one] = this.underway;
    assert.ok(one, "the first request is served");
    await this.finish(one, "served", 0n, false);
    for (const mail of this.reader.mail.splice(0)) await this.reader.read(mail);
    this.reader.learn({ status: "open", deposit: (await this.onChain()).deposit, pendingDeposit: undefined });
  }

  /** Brings a letter to the shop. Ends when it is in its handler, or answered, or nobody is there. */
  async arrive(letter: Letter, path = letter.path): Promise<void> {
    letter.sent += 1;
    if (letter.at === "on the way") letter.at = "over";
    this.figures.requests += 1;
    const { state } = letter.plan;
    const hangUp = new AbortController();
    const answer = this.shop?.fetch(`${ORIGIN}${path}`, {
      headers: { [PAYMENT_SIGNATURE]: letter.header },
      signal: hangUp.signal,
    });
    answer?.catch(() => undefined);
    const busy = this.underway.find((one) => one.letter.nonce === letter.nonce);
    if (busy && answer) {
      busy.waiting.push({ letter, path, answer });
      return;
    }
    const first = await this.with((shop) =>
      Promise.race([
        shop.visit(path).then((visit) => ({ visit })),
        (answer ?? Promise.reject(new Error("no shop"))).then((got) => ({ got })),
      ]),
    );
    if (!first || !answer) {
      // Reserved or not, it was not served: whoever starts the process again finds that it cost nothing.
      if (answer && !this.costs.has(state.nonce)) this.costs.set(state.nonce, [0n]);
      return;
    }
    if ("got" in first) return this.take(letter, first.got, path);
    assert.equal(path, letter.path, "a payment buys what it was signed for");
    assert.deepEqual(this.costs.get(state.nonce) ?? [0n], [0n], "a nonce is served once");
    this.figures.served += 1;
    this.costs.set(state.nonce, []);
    letter.at = "being served";
    const route = `/${path.split("/")[1]}` as RouteName;
    this.underway.push({ letter, route, visit: first.visit, answer, hangUp, waiting: [] });
  }

  /** An answer is here; unless it is lost on the way, the reader will read it. */
  private async take(letter: Letter, answer: Response, path = letter.path, lost = false): Promise<void> {
    const text = await this.with(() => answer.text());
    if (text === undefined) return;
    this.keepAll(answer, text);
    if (answer.status === 402) this.refused(letter, answer);
    if (lost || path !== letter.path) return;
    const { status, headers } = answer;
    const seen = { status, header: (name: string) => headers.get(name) };
    const honest = (context: SettleContext) => settlePayment(letter.plan, seen, context);
    this.reader.mail.push({ letter, weigh: (await retold(this, letter, receiptsIn(answer, text))) ?? honest });
  }

  /** What a wallet signs is refused for few reasons, however it arrives; none of them is about totals. */
  private refused(letter: Letter, answer: Response): void {
    this.figures.refused += 1;
    const { error } = parseChallenge((name) => answer.headers.get(name));
    if (!this.honestPayer || !this.honestPayee || this.reader.letters.some(({ abandoned }) => abandoned)) return;
    const fair = ["ack_required", "channel_not_open", "channel_exiting", "rate_limited", "accepted_mismatch"];
    assert.ok(fair.includes(error ?? ""), `a state in time (${letter.nonce}) was refused: ${error}`);
  }

  /** The handler of a request ends. `lost`: its answer never reaches the reader. */
  async finish(one: Underway, ending: Ending, cost: bigint, lost: boolean): Promise<void> {
    const { letter, route, visit, answer } = one;
    const metered = route === "/search" || route === "/film";
    const charged = ending !== "served" ? 0n : !metered ? letter.price : cost < letter.price ? cost : letter.price;
    this.costs.set(letter.nonce, [charged]);
    const written = this.written(letter.nonce);
    visit.end(ending, charged);
    const got = await this.with(async () => {
      const headers = await answer.catch(() => undefined);
      if (!headers) await written;
      return headers;
    });
    if (this.decided) this.finishedLate += charged;
    if (got) await this.take(letter, got, letter.path, lost);
    await this.leave(one);
  }

  /** The reader breaks a request off before anything of its answer has come. */
  async hangUp(one: Underway): Promise<void> {
    this.costs.set(one.letter.nonce, [0n]);
    const written = this.written(one.letter.nonce);
    one.hangUp.abort();
    await this.with(() => written);
    await this.leave(one);
  }

  private written(nonce: bigint): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.shop?.payment.events.on("payment", (done) => done.nonce === nonce && resolve());
    return promise;
  }
  private async leave(one: Underway): Promise<void> {
    const place = this.underway.indexOf(one);
    if (place >= 0) this.underway.splice(place, 1);
    one.letter.at = "over";
    for (const { letter, path, answer } of one.waiting) {
      const got = await this.with(() => answer);
      if (got) await this.take(letter, got, path);
    }
  }

  /** A stranger hands in the reader's wish to leave. */
  async exit(): Promise<void> {
    const message = { channelId: this.id, deadline: this.now() + 86_400 };
    const signature = await this.reader.identity.session.signTypedData(
      requestExitTypedData(this.reader.contract, message),
    );
    const { channel } = this.reader.snapshot;
    await this.asStranger.write.requestExitWithSignature([channel, message.deadline, signature]);
    this.reader.learn({ status: "exiting" });
    this.figures.exits += 1;
  }

  get asStranger() {
    return this.setting.stage.as(this.setting.stage.stranger);
  }
  get asPayee() {
    return this.setting.stage.as(this.setting.stage.payee);
  }
  onChain() {
    return this.asStranger.read.channelState([this.id]);
  }
}
