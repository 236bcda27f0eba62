/**
 * One reader: a profile, the pages that it wants, and the lives of the background that follow each other on it. Pages
 * are asked for until they are there, as a person would, and each is a page of its own: one price is due for it.
 */
import { parseUnits } from "viem";
import type { Verdict } from "#intercept";
import type { PaymentPorts } from "#payment";
import { ChainError } from "../../../chain/error.ts";
import type { Question } from "../../questions.ts";
import { type Got, load } from "../browser.ts";
import type { HostileProvider } from "../hostile.ts";
import type { Life } from "../life.ts";
import { type Disk, startWallet, type TestWallet, type WalletOptions } from "../wallet.ts";
import { Allowed } from "./allowed.ts";
import { exactPath, goodsAt, type Stage } from "./stage.ts";

/**
 * What becomes of a page's request when the background dies.
 * - `kept`: it waits on, and the next life hears of its end (Chromium).
 * - `unseen`: it gets its answer, and no life hears of that (Firefox).
 * - `gone`: the browser died too, or the page was left.
 */
export type Fate = "kept" | "unseen" | "gone";

export type Scheme = "channel" | "exact";

/** A page that is wanted. */
export interface Wish {
  readonly path: string;
  readonly scheme: Scheme;
  /** The id of its present request. */
  id: string;
  got: boolean;
  /** The status of its last answer, if it had one. */
  status: number | undefined;
  /** Whether its present request is over: the next one has another id. */
  answered: boolean;
  /** How often the server took the payment and said in public that it did not. */
  lies: number;
  /** Its request, once the payment was handed to the browser: it goes on without the background. */
  underWay: Promise<void> | undefined;
  visits: number;
}

/** Breaks the wallet on purpose, to show that a broken one is caught. */
export type Sabotage = (ports: PaymentPorts) => PaymentPorts;

export interface ReaderOptions {
  /** What a budget is given when the wallet asks first, in dollars. */
  readonly budget: string;
  /** Says yes to the waiting pages alone, each time anew, where it would give a budget. */
  readonly once?: boolean | undefined;
  readonly sabotage?: Sabotage | undefined;
}

/** Why a person is asked anew in the middle of chaos, and says no. */
const EXPECTED_QUESTIONS: ReadonlySet<string> = new Set(["budget_spent", "paid_before"]);

/** What the waiting requests of a card cost with its first offer, in atomic units. */
const askedFor = ({ items }: Question): bigint =>
  [...items.values()].reduce((sum, { offers }) => sum + (offers[0]?.offer.amount ?? 0n), 0n);

export class Reader {
  readonly stage: Stage;
  disk: Disk;
  readonly wishes = new Map<string, Wish>();
  /** What the person allowed the seller of each scheme. */
  readonly allowed: Readonly<Record<Scheme, Allowed>>;
  /** What the person was asked and said no to. */
  readonly refused: string[] = [];
  /** What a budget is given when the wallet asks first, in dollars. */
  readonly budget: string;
  readonly #once: boolean;
  fate: Fate = "gone";
  rpcDown = false;
  /** What the seller of `exact` had before this reader came. */
  readonly partnerBefore: bigint;
  readonly #tag: number;
  readonly #sabotage: Sabotage;
  #wallet: TestWallet | undefined;
  #number = 0;

  private constructor(
    stage: Stage,
    disk: Disk,
    { budget, once = false, sabotage }: ReaderOptions,
    partnerBefore: bigint,
  ) {
    this.stage = stage;
    this.#once = once;
    this.allowed = {
      channel: new Allowed(stage.provider.origin),
      exact: new Allowed(stage.partner.provider.origin),
    };
    this.#sabotage = sabotage ?? ((ports) => ports);
    this.#tag = stage.nextReader();
    this.disk = disk;
    this.budget = budget;
    this.partnerBefore = partnerBefore;
  }

  static async open(stage: Stage, options: ReaderOptions): Promise<Reader> {
    stage.provider.payments.length = 0;
    stage.partner.provider.payments.length = 0;
    stage.provider.tricks = {};
    stage.partner.provider.tricks = {};
    return new Reader(stage, await stage.newDisk(), options, await stage.chain.balanceOf(stage.partner.payTo));
  }

  serverOf(scheme: Scheme): HostileProvider {
    return scheme === "channel" ? this.stage.provider : this.stage.partner.provider;
  }

  pathOf(name: string, scheme: Scheme): string {
    const page = `${this.#tag}-${name}`;
    return scheme === "channel" ? `/news/${page}` : exactPath(page);
  }

  /** A page that no other reader ever asked for. */
  want(name: string, scheme: Scheme = "channel"): Wish {
    const path = this.pathOf(name, scheme);
    const known = this.wishes.get(path);
    if (known) return known;
    const wish: Wish = {
      path,
      scheme,
      id: path,
      got: false,
      status: undefined,
      answered: true,
      lies: 0,
      underWay: undefined,
      visits: 0,
    };
    this.wishes.set(path, wish);
    return wish;
  }

  wanted(): Wish[] {
    return [...this.wishes.values()].filter(({ got }) => !got);
  }

  /** Lives until the script ends or death comes; what the script throws while it lives is thrown. */
  async live(life: Life, script: (wallet: TestWallet) => Promise<unknown>): Promise<void> {
    const options: WalletOptions = {
      disk: life.disk(this.disk),
      wrap: (ports) =>
        this.#sabotage(life.wrap({ ...ports, chainOf: (network) => this.#weathered(ports.chainOf(network)) })),
    };
    const wallet = await Promise.race([startWallet([this.stage.network], options), life.died]);
    if (!wallet) return;
    this.#wallet = wallet;
    this.#answer(wallet, life);
    try {
      await Promise.race([script(wallet), life.died]);
    } finally {
      wallet.kill();
      this.#wallet = undefined;
    }
  }

  /** Asks for a page once; ends with its answer, or never if the background dies first: its script is over then. */
  async visit(wish: Wish): Promise<void> {
    this.#number += 1;
    wish.visits += 1;
    const number = wish.visits;
    if (this.fate !== "kept" || wish.answered) wish.id = `${wish.path} ${this.#number}`;
    wish.answered = false;
    const born = this.#wallet;
    const done = Promise.withResolvers<void>();
    const listening = {
      decide: async (request: Parameters<TestWallet["payments"]["decide"]>[0]): Promise<Verdict> => {
        const verdict = (await born?.payments.decide(request)) ?? { kind: "leave" };
        if (verdict.kind === "pay") wish.underWay = done.promise;
        return verdict;
      },
      replayed: (...event: Parameters<TestWallet["payments"]["replayed"]>) => {
        const hears = this.fate === "kept" ? this.#wallet : born;
        hears?.payments.replayed(...event);
      },
    };
    const url = `${this.serverOf(wish.scheme).origin}${wish.path}`;
    const got = await load(listening, url, { id: wish.id }).catch(() => undefined);
    if (number === wish.visits) {
      wish.answered = true;
      this.#note(wish, got);
      wish.underWay = undefined;
    }
    done.resolve();
    // A dead life's script would else go on in the next one, beside that one's own visits.
    if (this.#wallet !== born) await new Promise<never>(() => undefined);
  }

  /** Waits for the requests that go on without the background, or forgets them. */
  async endOfUnderWay(): Promise<void> {
    for (const wish of this.wanted()) {
      if (!wish.underWay) continue;
      if (this.fate === "gone") {
        // Nobody waits for its answer any more.
        wish.visits += 1;
        wish.underWay = undefined;
      } else await wish.underWay;
    }
  }

  #note(wish: Wish, got: Got | undefined): void {
    wish.status = got?.status;
    if (got?.status !== 200) return;
    if (wish.scheme === "channel" && got.body !== goodsAt(wish.path)) {
      throw new Error(`${wish.path} came back as ${got.body.slice(0, 80)}`);
    }
    wish.got = true;
  }

  #weathered<T extends object>(chain: T): T {
    return new Proxy(chain, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name);
        if (typeof value !== "function") return value;
        return async (...given: unknown[]) => {
          if (this.rpcDown) throw new ChainError("unreachable");
          return Reflect.apply(value, object, given);
        };
      },
    });
  }

  /** Gives the budget (or the yes) when it is asked for it first, and says no to everything else. */
  #answer(wallet: TestWallet, life: Life): void {
    const answered = wallet.asked().then(async (questionId) => {
      if (life.dead) return;
      this.#answer(wallet, life);
      const question = wallet.payments.question(questionId);
      if (!question) return;
      const give = question.reason.code === "no_grant";
      const choice = give ? this.#yes() : ({ kind: "dismiss" } as const);
      const { revision, site } = question;
      const allowed = this.#allowedAt(site);
      const choose = () => wallet.payments.choose({ questionId, revision, offer: 0, choice });
      let problem: Awaited<ReturnType<typeof choose>>;
      if (choice.kind === "budget") {
        await allowed.setCap(wallet.ledger, parseUnits(choice.cap.slice(1), 6), async () => {
          problem = await choose();
        });
      } else {
        const card = `${question.approvalId} ${revision}`;
        if (choice.kind === "once") allowed.sayOnce(card, askedFor(question));
        else this.refused.push(question.reason.code);
        problem = await choose();
        if (problem) allowed.unsay(card);
      }
      // The card changed meanwhile: the person reads it again.
      if (problem) wallet.payments.present(questionId);
      else if (!give) await wallet.ledger.setSitePolicy(site, { dismissals: 0 });
    });
    answered.catch((error: unknown) => {
      // What the person still wanted of a life that has ended is lost with it.
      if (!life.dead) throw error;
    });
  }

  /** Changes the cap of the shop's budget, if there is one; what was spent stays spent. */
  async editCap(wallet: TestWallet, total: bigint): Promise<void> {
    const { origin } = this.serverOf("channel");
    const grant = (await wallet.ledger.grants()).find(({ key }) => key.payeeOrigin === origin);
    if (!grant) return;
    await this.allowed.channel.setCap(wallet.ledger, total, () => wallet.ledger.editGrant(grant.id, { total }));
  }

  #yes() {
    if (this.#once) return { kind: "once" } as const;
    return { kind: "budget", cap: this.budget, period: "month", perRequest: "$0.10", renews: true } as const;
  }

  #allowedAt(site: string): Allowed {
    return this.allowed[site === this.serverOf("channel").origin ? "channel" : "exact"];
  }

  /** Whether a page may stay away because the person said no to what it needs. */
  wasRefused(): boolean {
    return this.refused.some((code) => EXPECTED_QUESTIONS.has(code));
  }
}
