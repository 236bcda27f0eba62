/**
 * Questions that wait for the person: everything that one site waits for towards one payee is one question with one
 * window. Kept in memory only: when the background dies its requests are asked for again and make the same question,
 * under the same id, so that a window that is already open finds it.
 */
import type { AskReason } from "#budget";
import type { PayableOffer } from "#schemes";

/** One request that waits. */
export interface WaitingItem {
  readonly requestId: string;
  readonly url: string;
  readonly tabId: number;
  readonly type: string;
  readonly label: string;
  /** The offers that can be paid, best first; all for the same request. */
  readonly offers: readonly PayableOffer[];
  readonly signal: AbortSignal;
  /** The payment whose lost answer a yes pays for again. */
  readonly lost?: string | undefined;
}

/** What the person decided, for each waiting request: look at the grants again, or leave the page its 402. */
export type Decision = "retry" | "leave";

export interface Question {
  readonly id: string;
  /** Grows with every change and never repeats, so that a click on an older card is told apart, also after a restart. */
  revision: number;
  /** Made anew each time the question comes up: two answers to one question make one grant. */
  readonly approvalId: string;
  readonly site: string;
  readonly incognito: boolean;
  /** Why the person is asked; `unlock`: a budget allows it and only the password is missing. */
  reason: AskReason | { readonly code: "unlock" };
  readonly items: Map<string, WaitingItem>;
}

export interface QuestionPorts {
  /** Shows the window of a question, or brings it to the front. */
  show(questionId: string): void;
  /** Closes the window of a question that is settled. */
  hide(questionId: string): void;
  /** Something about the questions changed. */
  changed(): void;
  /** An id that was never given before. */
  newId(): string;
}

interface Waiter {
  readonly questionId: string;
  decide(decision: Decision): void;
}

/** Holds the open questions, at most one window of which is shown at a time. */
export class Questions {
  readonly #ports: QuestionPorts;
  readonly #open = new Map<string, Question>();
  readonly #waiters = new Map<string, Waiter>();
  readonly #now: () => number;
  #shown: string | undefined;
  #revision = 0;
  #answers = 0;
  #renewals = 0;

  /** `now` in milliseconds since 1970: revisions of a later life are higher than those of an earlier one. */
  constructor(ports: QuestionPorts, now: () => number) {
    this.#ports = ports;
    this.#now = now;
  }

  /** How many answers were given so far: read it before looking whether there is anything to ask. */
  get answers(): number {
    return this.#answers;
  }

  /** How often what cards show was changed by the person. */
  get renewals(): number {
    return this.#renewals;
  }

  /**
   * Adds a request to the question `id` (made if there is none) and waits for the decision. A request whose signal
   * aborts leaves the question; a question without requests is gone. A request that looked before the latest answer
   * (`since`) looks again instead of asking what may just have been answered.
   */
  ask(
    question: Pick<Question, "id" | "site" | "incognito" | "reason">,
    item: WaitingItem,
    since: number,
  ): Promise<Decision> {
    if (item.signal.aborted) return Promise.resolve("leave");
    if (since !== this.#answers) return Promise.resolve("retry");
    const existing = this.#open.get(question.id);
    const entry: Question = existing ?? {
      ...question,
      approvalId: this.#ports.newId(),
      revision: 0,
      items: new Map(),
    };
    entry.reason = question.reason;
    entry.items.set(item.requestId, item);
    entry.revision = this.#next();
    this.#open.set(entry.id, entry);
    this.#waiters.get(item.requestId)?.decide("leave");
    const decision = new Promise<Decision>((resolve) => {
      const decide = (value: Decision) => {
        this.#waiters.delete(item.requestId);
        item.signal.removeEventListener("abort", dropped);
        resolve(value);
      };
      const dropped = () => {
        decide("leave");
        this.#remove(entry, item.requestId);
      };
      item.signal.addEventListener("abort", dropped);
      this.#waiters.set(item.requestId, { questionId: entry.id, decide });
    });
    this.#present(entry.id);
    this.#ports.changed();
    return decision;
  }

  get(id: string): Question | undefined {
    return this.#open.get(id);
  }

  /** The open questions of one site. */
  of(site: string): Question[] {
    return [...this.#open.values()].filter((question) => question.site === site);
  }

  all(): Question[] {
    return [...this.#open.values()];
  }

  /** Ends a question: every request in it gets the decision. */
  settle(id: string, decision: Decision): void {
    this.#answers += 1;
    const question = this.#open.get(id);
    if (!question) return;
    this.#open.delete(id);
    for (const requestId of question.items.keys()) this.#waiters.get(requestId)?.decide(decision);
    this.#closeWindow(id);
    this.#ports.changed();
  }

  /** Lets every waiting request look at the grants and the lock again. */
  retryAll(): void {
    this.#answers += 1;
    for (const id of [...this.#open.keys()]) this.settle(id, "retry");
  }

  /** What the cards of a site show has changed: a click on one that was drawn before is told apart. */
  renew(site?: string): void {
    this.#renewals += 1;
    for (const question of this.#open.values()) {
      if (site === undefined || question.site === site) question.revision = this.#next();
    }
    this.#ports.changed();
  }

  /** Opens the window of a question on the person's own wish, also for a quiet site. */
  present(id: string): void {
    if (!this.#open.has(id)) return;
    this.#shown = id;
    this.#ports.show(id);
  }

  /** The person closed the window without a choice. */
  windowClosed(id: string): void {
    if (this.#shown === id) this.#shown = undefined;
    this.settle(id, "leave");
    this.#presentNext();
  }

  #next(): number {
    this.#revision = Math.max(this.#revision + 1, this.#now());
    return this.#revision;
  }

  #present(id: string): void {
    if (this.#shown !== undefined) return;
    this.#shown = id;
    this.#ports.show(id);
  }

  #presentNext(): void {
    const next = this.#open.keys().next();
    if (!next.done) this.#present(next.value);
  }

  #remove(question: Question, requestId: string): void {
    if (!question.items.delete(requestId)) return;
    question.revision = this.#next();
    if (question.items.size === 0) {
      this.#open.delete(question.id);
      this.#closeWindow(question.id);
    }
    this.#ports.changed();
  }

  #closeWindow(id: string): void {
    if (this.#shown !== id) return;
    this.#shown = undefined;
    this.#ports.hide(id);
    this.#presentNext();
  }
}
