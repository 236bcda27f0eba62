/**
 * Deleting history: url, title, site and page prices are forgotten; amounts, totals and nonces stay, because the money
 * is still out there and every later signature builds on them.
 */
import type { Database } from "./database.ts";
import { isOpen } from "./machine.ts";
import { emptySite } from "./reserve.ts";
import type { PaymentRecord } from "./rows.ts";
import { merged } from "./totals.ts";

/** Redacts the payments of one site, or of all. Grants and policies stay: they are permissions, not history. */
export function deleteHistory(db: Database, site?: string): Promise<void> {
  return db.write(["payments", "sites"], async () => {
    const [payments, sites] = await Promise.all([
      site === undefined ? db.payments.all() : db.paymentsOf(site),
      site === undefined ? db.sites.all() : db.sites.get(site).then((record) => (record ? [record] : [])),
    ]);
    let nowhere = (await db.sites.get("")) ?? emptySite("");
    for (const record of sites) {
      if (record.site === "") continue;
      nowhere = { ...nowhere, totals: merged(nowhere.totals, record.totals) };
      await db.sites.put({ ...record, totals: [] });
    }
    await db.sites.put(nowhere);
    for (const payment of payments) if (!payment.redacted) await db.payments.put(redacted(payment));
    await db.deletePrices(site);
    await db.deleteBackups();
  });
}

const redacted = (payment: PaymentRecord): PaymentRecord => ({
  ...payment,
  site: "",
  payeeOrigin: "",
  frameOrigins: [],
  url: null,
  title: null,
  bodyDigest: undefined,
  offer: null,
  // What may still have to be sent again keeps its plan until it has its end.
  plan: isOpen(payment.state) ? payment.plan : null,
  redacted: true,
});
