/** What the toolbar icon says of one site: what waits, or what was spent there. */
import { findNetwork, findToken } from "@tollpass/protocol";
import type { AnswerPorts } from "./ports.ts";

export interface Badge {
  /** At most four characters fit. */
  readonly text: string;
  /** `asks`: a question waits. `refused`: something was not paid. */
  readonly tone: "spent" | "asks" | "refused" | "quiet";
  readonly title: string;
}

/** Spending of this month in dollars, in the few characters that a badge has: "4¢", ".4¢", "$1.2", "$12". */
export function badgeAmount(atomic: bigint, decimals: number): string {
  if (atomic === 0n) return "";
  const cents = Number(atomic) / 10 ** (decimals - 2);
  if (cents < 0.1) return "<.1¢";
  if (cents < 1) return `${cents.toFixed(1).slice(1)}¢`;
  if (cents < 100) return `${Math.floor(cents)}¢`;
  const dollars = cents / 100;
  return dollars < 10 ? `$${(Math.floor(dollars * 10) / 10).toFixed(1)}` : `$${Math.floor(dollars)}`;
}

export async function badgeOf(
  { ledger, payments, networks }: Pick<AnswerPorts, "ledger" | "payments" | "networks">,
  site: string | undefined,
): Promise<Badge> {
  const quiet: Badge = { text: "", tone: "quiet", title: "Tollpass" };
  if (site === undefined) return quiet;
  if (payments.questionsOf(site).length > 0) return { text: "?", tone: "asks", title: "Tollpass: this site asks" };
  const [summary, notice] = await Promise.all([ledger.siteSummary(site, 0), payments.noticeOf(site)]);
  if (notice) return { text: "!", tone: "refused", title: "Tollpass: not paid" };
  for (const { network, asset, thisMonth } of summary.spent) {
    const known = findNetwork(networks(), network);
    const token = known && findToken(known, asset);
    if (token?.dollar) return { text: badgeAmount(thisMonth, token.decimals), tone: "spent", title: "Tollpass" };
  }
  return quiet;
}
