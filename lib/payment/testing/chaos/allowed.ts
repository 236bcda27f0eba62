/**
 * What the person allowed, kept beside the wallet and held against its journal. A cap has its place in the journal's own
 * order: budgets are edited and payments reserved one transaction at a time, and each reservation takes the next number.
 */
import type { Ledger, PaymentRecord } from "#ledger";

/** A cap in atomic units, and between which numbers of the journal it came to stand. */
interface Cap {
  readonly total: bigint;
  /** The newest reservation before it was set: what has that number or a lower one was reserved under an earlier cap. */
  readonly after: number;
  /** The newest reservation once it certainly stood; undefined until then, because its background may have died. */
  stoodBy: number | undefined;
}

type Read = Pick<Ledger, "grants" | "history">;

async function newest(ledger: Read): Promise<number> {
  return (await ledger.history({ limit: 1 })).payments[0]?.seq ?? 0;
}

/** The permissions for one payee, as the person gave them. */
export class Allowed {
  readonly #payeeOrigin: string;
  readonly #caps: Cap[] = [];
  /** What the person said yes to once, one sum for each yes, in atomic units. */
  readonly #yeses = new Map<string, bigint>();

  constructor(payeeOrigin: string) {
    this.#payeeOrigin = payeeOrigin;
  }

  /** The person says yes to requests for that much; `card` names the card, which can be agreed to once. */
  sayOnce(card: string, amount: bigint): void {
    this.#yeses.set(card, amount);
  }

  /** The card had changed, so that nothing was allowed. */
  unsay(card: string): void {
    this.#yeses.delete(card);
  }

  /** Sets a cap by `set`. Where that never comes back, the next `breaches` finds out whether it was set. */
  async setCap(ledger: Read, total: bigint, set: () => Promise<unknown>): Promise<void> {
    const after = this.#caps.length === 0 ? 0 : await newest(ledger);
    const cap: Cap = { total, after, stoodBy: undefined };
    this.#caps.push(cap);
    await set();
    cap.stoodBy = await newest(ledger);
  }

  /** The highest cap that may have stood when the reservation of that number was made; 0 before any. */
  #capAt(seq: number): bigint {
    let highest = 0n;
    for (const [index, { total, after }] of this.#caps.entries()) {
      const replacedBy = this.#caps[index + 1]?.stoodBy ?? Number.POSITIVE_INFINITY;
      if (after < seq && seq <= replacedBy && total > highest) highest = total;
    }
    return highest;
  }

  /**
   * No payment was reserved beyond the cap that stood then, and none without a yes of its own where a yes was for once.
   * What is debited now is never more than what was debited when a later payment was reserved, so a sum that is too high
   * now was too high then, whatever was paid beside it.
   */
  async breaches(ledger: Read): Promise<string[]> {
    const grants = (await ledger.grants()).filter(({ key }) => key.payeeOrigin === this.#payeeOrigin);
    await this.#settleLast(ledger, grants);
    const standing = new Set(grants.map(({ id }) => id));
    const { payments } = await ledger.history({ limit: 10_000 });
    const own = payments.filter(({ payeeOrigin }) => payeeOrigin === this.#payeeOrigin).toReversed();
    return [
      ...this.#beyondCap(own.filter(({ grantId }) => standing.has(grantId))),
      ...this.#beyondYes(own.filter(({ grantId }) => !standing.has(grantId))),
    ];
  }

  /** The background died while it set the last cap: if the budget has it, it stands. */
  async #settleLast(ledger: Read, grants: readonly { readonly terms: { readonly total: bigint } }[]): Promise<void> {
    const last = this.#caps.at(-1);
    if (!last || last.stoodBy !== undefined) return;
    if (grants.some(({ terms }) => terms.total === last.total)) last.stoodBy = await newest(ledger);
    else this.#caps.pop();
  }

  #beyondCap(payments: readonly PaymentRecord[]): string[] {
    let spent = 0n;
    return payments.flatMap(({ seq, amount, debited }) => {
      const cap = this.#capAt(seq);
      const wanted = spent + amount;
      spent += debited;
      return wanted > cap ? [`budget: ${wanted} of ${cap} was reserved with payment ${seq}`] : [];
    });
  }

  #beyondYes(payments: readonly PaymentRecord[]): string[] {
    const spent = new Map<string, bigint>();
    for (const { grantId, debited } of payments) spent.set(grantId, (spent.get(grantId) ?? 0n) + debited);
    const yeses = [...this.#yeses.values()];
    const allowed = yeses.reduce((sum, each) => sum + each, 0n);
    const largest = yeses.reduce((most, each) => (each > most ? each : most), 0n);
    const all = [...spent.values()].reduce((sum, each) => sum + each, 0n);
    return [
      ...(all > allowed ? [`once: ${all} was debited and the person said yes to ${allowed}`] : []),
      ...[...spent.values()].filter((each) => each > largest).map((each) => `once: ${each} went with one yes`),
    ];
  }
}
