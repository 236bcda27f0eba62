/** What the toolbar icon says of one site: what waits, or what was spent there. */
import { findNetwork, findToken } from "@tollpass/protocol";
import type { Dispute } from "#messages";
import { disputesOf } from "./channels.ts";
import type { AnswerPorts } from "./ports.ts";

export interface Badge {
  /** At most four characters fit. */
  readonly text: string;
  /** `asks`: a question waits. `refused`: something was not paid. */
  readonly tone: "spent" | "asks" | "refused" | "quiet";
  readonly title: string;
}

/** What stands after thousands of dollars, and after thousands of those. */
const MAGNITUDES = ["k", "M", "B", "T"];

/**
 * Spending in atomic units of a dollar token, in the at most four characters that a badge has: "<.1¢", ".9¢", "4¢",
 * "$1.2", "$123", "$12k", "$.1M". Rounded down, so it never says more than was spent; "" only for nothing.
 */
export function badgeAmount(atomic: bigint, decimals: number): string {
  if (atomic <= 0n) return "";
  const dollar = 10n ** BigInt(decimals);
  const tenths = (atomic * 1_000n) / dollar;
  if (tenths === 0n) return "<.1¢";
  if (tenths < 10n) return `.${tenths}¢`;
  if (tenths < 1_000n) return `${tenths / 10n}¢`;
  if (tenths < 10_000n) return `$${tenths / 1_000n}.${(tenths / 100n) % 10n}`;
  if (tenths < 1_000_000n) return `$${tenths / 1_000n}`;
  let unit = dollar;
  for (const magnitude of MAGNITUDES) {
    unit *= 1_000n;
    const tenthsOfUnit = (atomic * 10n) / unit;
    if (tenthsOfUnit < 10n) return `$.${tenthsOfUnit}${magnitude}`;
    if (tenthsOfUnit < 1_000n) return `$${tenthsOfUnit / 10n}${magnitude}`;
  }
  return ">$9T";
}

/** What has to be done so that a false close is answered in time. */
function objection({ host, deadline, challenge }: Dispute): string {
  const until = new Date(deadline).toLocaleString();
  if (challenge === "locked") return `unlock to object to a false close by ${host} until ${until}`;
  if (challenge === "short_of_gas") return `the fee to object to a false close by ${host} is missing, until ${until}`;
  return `objecting to a false close by ${host}, until ${until}`;
}

/** Money at risk comes before everything else. */
export async function badgeOf(
  { ledger, payments, networks, now }: Pick<AnswerPorts, "ledger" | "payments" | "networks" | "now">,
  site: string | undefined,
): Promise<Badge> {
  const [dispute] = disputesOf(networks(), await ledger.readableChannels(), now());
  if (dispute && dispute.challenge !== "sent") {
    return { text: "!", tone: "refused", title: `Tollpass: ${objection(dispute)}` };
  }
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
