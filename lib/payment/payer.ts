/** Which account pays: every site has one, so that a person can keep sites apart on chain. */
import type { Address } from "viem";
import type { ChosenAccounts } from "#ledger";
import type { PaymentPorts } from "./ports.ts";

/**
 * The account that pays a site: the one that was chosen for it, else the wallet's, else the first. Undefined without a
 * readable vault, and where the site's account is not in it (any more): then another one would tie the site to itself.
 */
export async function payerOf(
  ports: Pick<PaymentPorts, "ledger" | "vault">,
  site: string,
): Promise<Address | undefined> {
  const [seen, chosen] = await Promise.all([ports.vault.look(), ports.ledger.accountsFor(site)]);
  return "accounts" in seen ? payerAmong(seen.accounts, chosen) : undefined;
}

/** The same where all accounts, and what was chosen among them, were just read. */
export function payerAmong(accounts: readonly Address[], { own, wallet }: ChosenAccounts): Address | undefined {
  const among = (chosen: Address | undefined) =>
    accounts.find((account) => account.toLowerCase() === chosen?.toLowerCase());
  return own === undefined ? (among(wallet) ?? accounts[0]) : among(own);
}
