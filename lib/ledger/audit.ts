/**
 * Re-adds the whole journal and compares it with every sum that is kept beside it. A difference means that a row was
 * lost or changed by something other than the ledger: from then on nothing is paid until an audit passes.
 */
import { type Grant, microDollars } from "#budget";
import type { Database } from "./database.ts";
import { asLedgerError, LedgerError } from "./errors.ts";
import { EMPTY_WALLET } from "./reserve.ts";
import type { ChannelRecord, PaymentRecord, SiteRecord, WalletRecord } from "./rows.ts";

export interface AuditResult {
  readonly ok: boolean;
  /** One sentence per difference, for the person and for a report. */
  readonly findings: readonly string[];
  readonly payments: number;
}

/** Rows that are parsed in one turn: payments have theirs in between. */
const TURN = 200;

/**
 * Audits and stores the result: the wallet is halted by findings and freed by an audit without any. All tables are read
 * in one transaction, so every payment is seen whole or not at all; it is over before anything is added up.
 */
export async function audit(db: Database): Promise<AuditResult> {
  const now = db.now();
  const stored = await readable(db);
  const findings = stored.ok ? differences(stored) : stored.findings;
  const halted = findings.length > 0 ? { at: now, findings: findings.slice(0, 20) } : undefined;
  // A wallet row that cannot be read is left as it is: it halts every payment by itself.
  if (stored.ok || stored.walletReadable) {
    await db.write(["wallet"], async () => {
      await db.putWallet({ ...((await db.wallet()) ?? EMPTY_WALLET), halted, auditedAt: now });
      // What the last migration made of the rows is in order.
      if (!halted) await db.deleteBackups();
    });
  }
  return { ok: findings.length === 0, findings, payments: stored.ok ? stored.payments.length : 0 };
}

interface Stored {
  readonly ok: true;
  readonly payments: readonly PaymentRecord[];
  readonly grants: readonly Grant[];
  readonly channels: readonly ChannelRecord[];
  readonly sites: readonly SiteRecord[];
  readonly wallet: WalletRecord;
}

async function readable(
  db: Database,
): Promise<Stored | { readonly ok: false; readonly findings: string[]; readonly walletReadable: boolean }> {
  let walletReadable = false;
  try {
    const rows = await db.read(async () => {
      const wallet = await db.wallet();
      walletReadable = true;
      const { payments, grants, channels, sites } = db;
      const tables = [payments, grants, channels, sites] as const;
      const [ofPayments = [], ofGrants = [], ofChannels = [], ofSites = []] = await Promise.all(
        tables.map(({ table }) => table.toArray()),
      );
      return { wallet, ofPayments, ofGrants, ofChannels, ofSites };
    });
    return {
      ok: true,
      payments: await inTurns(rows.ofPayments, (part) => db.payments.read(part)),
      grants: db.grants.read(rows.ofGrants),
      channels: db.channels.read(rows.ofChannels),
      sites: db.sites.read(rows.ofSites),
      wallet: rows.wallet ?? EMPTY_WALLET,
    };
  } catch (error) {
    const known = asLedgerError(error);
    if (!(known instanceof LedgerError) || known.code !== "inconsistent") throw error;
    return { ok: false, findings: [known.message], walletReadable };
  }
}

async function inTurns<Row, Record>(rows: readonly Row[], parse: (part: readonly Row[]) => Record[]) {
  const parsed: Record[] = [];
  for (let at = 0; at < rows.length; at += TURN) {
    if (at > 0) await new Promise((resolve) => setTimeout(resolve));
    parsed.push(...parse(rows.slice(at, at + TURN)));
  }
  return parsed;
}

/** Everything in which the journal and the kept sums differ. */
function differences({ payments, grants, channels, sites, wallet }: Stored): string[] {
  const findings: string[] = [];
  const compare = (what: string, kept: bigint | number, added: bigint | number) => {
    if (kept !== added) findings.push(`${what} is ${kept}, but the journal adds up to ${added}.`);
  };
  for (const payment of payments) {
    if (payment.debited > payment.amount) findings.push(`Payment ${payment.id} is debited more than its price.`);
    if (payment.channelId !== undefined && !channels.some(({ id }) => id === payment.channelId)) {
      findings.push(`The channel of payment ${payment.id} is missing.`);
    }
  }
  const byGrant = grouped(payments, ({ grantId }) => grantId);
  for (const grant of grants) {
    const own = byGrant.get(grant.id) ?? [];
    byGrant.delete(grant.id);
    compare(`Spending of grant ${grant.id}`, grant.spentEver, sum(own));
    const inWindow = own.filter(({ window }) => window === grant.window.index);
    compare(`Spending of grant ${grant.id} in its period`, grant.window.spent, sum(inWindow));
  }
  for (const [grantId] of byGrant) findings.push(`Grant ${grantId} is missing, but payments name it.`);

  const byChannel = grouped(payments, ({ channelId }) => channelId);
  for (const channel of channels) {
    const own = byChannel.get(channel.id) ?? [];
    const name = `of channel ${channel.id}`;
    const inGross = own.filter((payment) => payment.inGross);
    compare(
      `Gross ${name}`,
      channel.gross,
      sum(inGross, ({ amount }) => amount),
    );
    compare(
      `Earned ${name}`,
      channel.earned,
      sum(own, ({ inEarned }) => inEarned),
    );
    const receipted = own.filter(({ receipt }) => receipt);
    compare(
      `Released ${name}`,
      channel.released,
      sum(receipted, ({ amount, receipt }) => amount - (receipt?.charged ?? 0n)),
    );
    if (own.some(({ nonce = 0n }) => nonce > channel.nonce))
      findings.push(`A payment ${name} has a nonce above the last.`);
    if (own.some(({ signed }) => signed && signed.authorized > channel.authorized)) {
      findings.push(`A payment ${name} was signed for more than the channel says is authorized.`);
    }
  }

  const bySite = grouped(payments, ({ site }) => site);
  for (const { site, totals } of sites) {
    const own = bySite.get(site) ?? [];
    bySite.delete(site);
    compareTotals(`Spending at ${site || "no site"}`, totals, own);
  }
  for (const [site] of bySite) findings.push(`The totals of ${site || "no site"} are missing.`);
  compareTotals("Spending in all", wallet.totals, payments);
  const today = payments.filter(({ day }) => day === wallet.policy.day.start);
  compare(
    "Spending of the day",
    wallet.policy.day.spent,
    sum(today, (p) => microDollars(p.debited, p.dollarDecimals)),
  );
  compare(
    "The last number given",
    wallet.seq,
    payments.reduce((last, { seq }) => Math.max(last, seq), 0),
  );
  return findings;

  function compareTotals(what: string, totals: SiteRecord["totals"], own: readonly PaymentRecord[]) {
    const byAsset = grouped(own, ({ network, asset }) => `${network} ${asset}`);
    for (const { network, asset, all, count } of totals) {
      const spent = byAsset.get(`${network} ${asset}`) ?? [];
      byAsset.delete(`${network} ${asset}`);
      compare(`${what} (${network} ${asset})`, all, sum(spent));
      compare(`Payments: ${what} (${network} ${asset})`, count, spent.filter(({ debited }) => debited > 0n).length);
    }
    for (const [asset] of byAsset) findings.push(`${what} (${asset}) is not kept at all.`);
  }
}

const sum = (
  payments: readonly PaymentRecord[],
  of: (payment: PaymentRecord) => bigint = ({ debited }) => debited,
): bigint => payments.reduce((total, payment) => total + of(payment), 0n);

function grouped<K>(
  payments: readonly PaymentRecord[],
  key: (payment: PaymentRecord) => K | undefined,
): Map<K, PaymentRecord[]> {
  const groups = new Map<K, PaymentRecord[]>();
  for (const payment of payments) {
    const name = key(payment);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(payment);
    else groups.set(name, [payment]);
  }
  return groups;
}
