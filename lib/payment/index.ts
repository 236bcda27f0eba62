/** Paying: the use case that ties offer, decision, journal, signature, replay and receipt together. */
import type { Address } from "viem";
import type { InterceptHandlers } from "#intercept";
import { type Choice, type ChoiceProblem, choose, dismiss, type Preview, preview } from "./choice.ts";
import { createContext, type PaymentContext } from "./context.ts";
import type { Notice } from "./notices.ts";
import { payerOf } from "./payer.ts";
import type { PaymentPorts } from "./ports.ts";
import type { Question } from "./questions.ts";
import { reconcile, watch } from "./reconcile.ts";
import { replayed } from "./replay.ts";
import { decide } from "./walk.ts";

export { freeBalance } from "./balance.ts";
export { type Choice, type ChoiceProblem, chosenOffers, type Preview, parseCap } from "./choice.ts";
export type { Notice } from "./notices.ts";
export type { PaymentPorts, SessionStore } from "./ports.ts";
export type { Question, QuestionPorts, WaitingItem } from "./questions.ts";

/** Everything that happens around payments. Create one per life of the background. */
export interface Payments extends InterceptHandlers {
  /** Reads the channels from the chain and answers false closes; waits for no payee. Never rejects. */
  watch(): Promise<void>;
  /**
   * The same, and settles what an earlier life of the background left open, which payees and chains have to be asked for.
   * One that does not answer keeps no other waiting, only the end of this. Never rejects.
   */
  reconcile(): Promise<void>;
  question(id: string): Question | undefined;
  questionsOf(site: string): readonly Question[];
  /** Opens the window of a question because the person wants to answer it. */
  present(questionId: string): void;
  /** Carries out a choice; a problem means that nothing was written. */
  choose(input: {
    questionId: string;
    revision: number;
    offer: number;
    choice: Choice;
  }): Promise<ChoiceProblem | undefined>;
  preview(question: Question, offer: number, cap: string, once?: boolean): Promise<Preview>;
  /** The person closed a question's window. */
  windowClosed(questionId: string): Promise<void>;
  /** Lock, budgets or pause have changed: everything that waits looks again. */
  lookAgain(): void;
  /** Another account pays a site, or all without one of their own: cards drawn before are out of date. */
  accountChanged(site?: string): void;
  /** The account that would pay a site now. */
  payerOf(site: string): Promise<Address | undefined>;
  /** The person wants to be asked by a site again: what "not now" was said to there is forgotten, in open pages too. */
  askAgain(site: string): Promise<void>;
  /**
   * The wallet or its history was deleted: no notice and no "not now" is remembered, in memory or for the browser's
   * session. What waits looks again, and without a wallet is left to its page.
   */
  forget(): Promise<void>;
  noticeOf(site: string): Promise<Notice | undefined>;
}

export function createPayments(ports: PaymentPorts): Payments {
  const context: PaymentContext = createContext(ports);
  const { questions, notices, dismissals } = context;
  return {
    decide: (request) => decide(context, request),
    replayed: (paymentId, event) => replayed(context, paymentId, event),
    navigated(tabId) {
      dismissals.forget(tabId).catch((error) => ports.report("A dismissal could not be removed", error));
    },
    watch: () => watch(context),
    reconcile: () => reconcile(context),
    question: (id) => questions.get(id),
    questionsOf: (site) => questions.of(site),
    present: (id) => questions.present(id),
    choose: (input) => choose(context, input),
    preview: (question, offer, cap, once) => preview(context, question, offer, cap, once),
    async windowClosed(id) {
      const question = questions.get(id);
      try {
        if (question) await dismiss(context, question);
      } finally {
        questions.windowClosed(id);
      }
    },
    lookAgain: () => questions.retryAll(),
    accountChanged: (site) => questions.renew(site),
    payerOf: (site) => payerOf(ports, site),
    askAgain: (site) => dismissals.forgetSite(site),
    async forget() {
      try {
        await Promise.all([notices.forget(), dismissals.forgetAll()]);
      } finally {
        questions.retryAll();
      }
    },
    noticeOf: (site) => notices.of(site),
  };
}
