/**
 * Paid repetitions in Chromium: puts the payment into one request by a session rule, takes the rule away when that
 * request has left, and reports what became of it. What is under way is also kept in `storage.session`, so that a
 * restarted background still knows which request carries which payment.
 */
import { type Browser, browser } from "wxt/browser";
import { z } from "zod";
import { carries, headersByName, type RawHeader } from "./headers.ts";
import type { Replayed } from "./interceptor.ts";
import { type RuleTarget, ruleMethod, sessionRule } from "./sessionRule.ts";

/** How long a frame may take from "go" until its request leaves; then the rule is taken away. */
const LEAVE_WITHIN_MS = 15_000;
const KEY = "replay:";
/** Where one payment was, the next is soon: for so long it is still watched, in milliseconds. */
const WATCH_ON_MS = 1_000;

const recordSchema = z.object({
  paymentId: z.string(),
  ruleId: z.number().int(),
  headers: z.record(z.string(), z.string()),
  url: z.string(),
  tabId: z.number().int(),
  type: z.string(),
  method: z.string(),
  startedAt: z.number(),
  /** The request that carries the payment, once it has left. */
  requestId: z.string().optional(),
  answered: z.boolean(),
});
type Stored = z.infer<typeof recordSchema>;

interface Replay extends Stored {
  /** Survived a restart of the background: its request may have left unseen. */
  restored: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
  left: () => void;
}

interface RequestFact {
  readonly requestId: string;
  readonly url: string;
  readonly tabId: number;
  readonly type: string;
  readonly method: string;
}

export type ReportReplay = (paymentId: string, event: Replayed) => void;

export class Replays {
  readonly #report: ReportReplay;
  /** Turned on while there is something to watch for: these events cost every request of the browser a little. */
  readonly #watch: (on: boolean) => void;
  readonly #byPayment = new Map<string, Replay>();
  readonly #byRequest = new Map<string, Replay>();
  #nextRuleId = 1;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(report: ReportReplay, watch: (on: boolean) => void) {
    this.#report = report;
    this.#watch = watch;
  }

  /** Takes up what an earlier life of the background left: to be awaited before anything else. */
  async restore(): Promise<void> {
    const [stored, rules] = await Promise.all([
      browser.storage.session.get(null),
      browser.declarativeNetRequest.getSessionRules(),
    ]);
    const fresh = new Set<number>();
    for (const [key, value] of Object.entries(stored)) {
      if (!key.startsWith(KEY)) continue;
      const record = recordSchema.safeParse(value);
      if (!record.success) {
        await browser.storage.session.remove(key);
        continue;
      }
      const replay: Replay = { ...record.data, restored: true, timer: undefined, left: () => {} };
      this.#add(replay);
      if (replay.requestId !== undefined) continue;
      fresh.add(replay.ruleId);
      const age = Date.now() - replay.startedAt;
      replay.timer = setTimeout(
        () => void this.giveUp(replay.paymentId, "the background was restarted"),
        Math.max(0, LEAVE_WITHIN_MS - age),
      );
    }
    this.#nextRuleId = Math.max(0, ...rules.map((rule) => rule.id)) + 1;
    const stale = rules.map((rule) => rule.id).filter((id) => !fresh.has(id));
    if (stale.length > 0) await browser.declarativeNetRequest.updateSessionRules({ removeRuleIds: stale });
  }

  /**
   * Arms the payment for the next request to that target. Resolves when the rule is in force; `left` resolves when it
   * is gone again, because the request has left or has been given up. Undefined if it could not be armed, and no request
   * has left with it: then it was reported as lost.
   */
  async arm(
    paymentId: string,
    target: RuleTarget,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ left: Promise<void> } | undefined> {
    const ruleId = this.#nextRuleId++;
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const { url, tabId, type, method } = target;
    const replay: Replay = {
      paymentId,
      ruleId,
      headers: { ...headers },
      url,
      tabId,
      type,
      method,
      startedAt: Date.now(),
      answered: false,
      restored: false,
      timer: undefined,
      left: resolve,
    };
    this.#add(replay);
    try {
      const rule = sessionRule(ruleId, target, headers);
      await Promise.all([
        this.#persist(replay),
        browser.declarativeNetRequest.updateSessionRules({ addRules: [rule as Browser.declarativeNetRequest.Rule] }),
      ]);
    } catch (error) {
      // Only one of the two may have failed: the rule can be in force.
      await this.#withdraw(replay, `the browser refused the rule: ${error}`);
      return replay.requestId === undefined ? undefined : { left };
    }
    replay.timer = setTimeout(() => void this.giveUp(paymentId, "the request was not repeated"), LEAVE_WITHIN_MS);
    return { left };
  }

  /** Whether there is anything to watch for. */
  get underWay(): boolean {
    return this.#byPayment.size > 0;
  }

  onSendHeaders(request: RequestFact & { readonly requestHeaders?: readonly RawHeader[] | undefined }): void {
    for (const replay of this.#byPayment.values()) {
      if (replay.requestId !== undefined || !aims(replay, request)) continue;
      if (!carries(request.requestHeaders, replay.headers)) continue;
      this.#bind(replay, request.requestId);
      return;
    }
  }

  /** Returns whether the answer belongs to a request that carries a payment, or may. */
  onHeadersReceived(
    answer: RequestFact & { readonly statusCode: number; readonly responseHeaders?: readonly RawHeader[] | undefined },
  ): boolean {
    let replay = this.#byRequest.get(answer.requestId);
    if (!replay) {
      // The request left while the background was down. Its answer is taken for the paid one: money stays accounted for.
      replay = [...this.#byPayment.values()].find(
        (candidate) => candidate.restored && candidate.requestId === undefined && aims(candidate, answer),
      );
      if (replay) this.#bind(replay, answer.requestId);
    }
    if (!replay) return false;
    if (!replay.answered) {
      replay.answered = true;
      void this.#persist(replay);
      const headers = headersByName(answer.responseHeaders);
      this.#report(replay.paymentId, {
        kind: "answered",
        status: answer.statusCode,
        header: (name) => headers.get(name.toLowerCase()),
      });
    }
    return true;
  }

  onCompleted(requestId: string): void {
    const replay = this.#byRequest.get(requestId);
    if (!replay) return;
    this.#drop(replay);
    this.#report(replay.paymentId, { kind: "ended" });
  }

  onErrorOccurred(requestId: string, reason: string): void {
    const replay = this.#byRequest.get(requestId);
    if (!replay) return;
    this.#drop(replay);
    this.#report(replay.paymentId, { kind: "lost", reason, sent: true });
  }

  /** The frame will not repeat the request, or has and the payment was not in it. Does nothing once it has left. */
  async giveUp(paymentId: string, reason: string): Promise<void> {
    const replay = this.#byPayment.get(paymentId);
    if (replay) await this.#withdraw(replay, reason);
  }

  /** Takes the rule away, and reports the payment as lost unless a request has taken it before. Never rejects. */
  async #withdraw(replay: Replay, reason: string): Promise<void> {
    if (replay.requestId !== undefined) return;
    let certain = !replay.restored;
    try {
      await browser.declarativeNetRequest.updateSessionRules({ removeRuleIds: [replay.ruleId] });
      // A request that took the header just before is announced by now: events and answers come in one order.
      await browser.runtime.getPlatformInfo();
    } catch {
      // A rule that is still in force may give the payment to a later request.
      certain = false;
    }
    if (replay.requestId !== undefined || this.#byPayment.get(replay.paymentId) !== replay) return;
    this.#drop(replay);
    this.#report(replay.paymentId, { kind: "lost", reason, sent: !certain });
  }

  #bind(replay: Replay, requestId: string): void {
    replay.requestId = requestId;
    this.#byRequest.set(requestId, replay);
    clearTimeout(replay.timer);
    void this.#persist(replay);
    void browser.declarativeNetRequest
      .updateSessionRules({ removeRuleIds: [replay.ruleId] })
      .finally(() => replay.left());
    this.#report(replay.paymentId, { kind: "sent" });
  }

  #add(replay: Replay): void {
    this.#byPayment.set(replay.paymentId, replay);
    if (replay.requestId !== undefined) this.#byRequest.set(replay.requestId, replay);
    clearTimeout(this.#resting);
    this.#watch(true);
  }

  #drop(replay: Replay): void {
    clearTimeout(replay.timer);
    this.#byPayment.delete(replay.paymentId);
    if (replay.requestId !== undefined) this.#byRequest.delete(replay.requestId);
    replay.left();
    void browser.storage.session.remove(KEY + replay.paymentId);
    clearTimeout(this.#resting);
    if (this.#byPayment.size === 0) this.#resting = setTimeout(() => this.#watch(false), WATCH_ON_MS);
  }

  async #persist(replay: Replay): Promise<void> {
    const { restored: _, timer: __, left: ___, ...record } = replay;
    await browser.storage.session.set({ [KEY + replay.paymentId]: record satisfies Stored });
  }
}

function aims(replay: RuleTarget, request: RequestFact): boolean {
  return (
    replay.tabId === request.tabId &&
    replay.url === request.url &&
    replay.type === request.type &&
    ruleMethod(replay.method) === ruleMethod(request.method)
  );
}
