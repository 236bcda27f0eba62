/** Several accounts, which of them pays, and the end of the whole wallet in this browser. */
import type { Address } from "viem";
import { forgetRelayers } from "#channels";
import type { Handlers, Problem } from "#messages";
import { MOST_ACCOUNTS } from "#vault";
import type { AnswerPorts } from "./ports.ts";
import { vaultProblem } from "./status.ts";

type AccountAnswers = Pick<Handlers, "account.add" | "account.use" | "site.account" | "vault.wipe">;

export function accountAnswers(ports: AnswerPorts): AccountAnswers {
  const { vault, ledger, payments, announce, now } = ports;
  const done = { done: true } as const;
  /** The account as the vault writes it, if it is one of ours. */
  const own = async (account: string): Promise<Address | undefined> =>
    (await vault.accounts()).find((each) => each.toLowerCase() === account.toLowerCase());
  const attempt = async (work: () => Promise<typeof done | Problem>): Promise<typeof done | Problem> => {
    try {
      return await work();
    } catch (error) {
      return vaultProblem(error, now());
    }
  };
  return {
    "account.add": () =>
      attempt(async () => {
        if ((await vault.accounts()).length >= MOST_ACCOUNTS) return { problem: "too_many_accounts" };
        await vault.addAccount();
        announce("wallet");
        return done;
      }),
    "account.use": ({ account }) =>
      attempt(async () => {
        const chosen = await own(account);
        if (!chosen) return { problem: "unknown_account" };
        // Before and after: a card that is answered in between was drawn with the other account.
        payments.accountChanged();
        await ledger.setGlobal({ account: chosen });
        announce("wallet");
        payments.accountChanged();
        return done;
      }),
    "site.account": ({ site, account }) =>
      attempt(async () => {
        const chosen = await own(account);
        if (!chosen) return { problem: "unknown_account" };
        payments.accountChanged(site);
        await ledger.setSitePolicy(site, { account: chosen });
        payments.accountChanged(site);
        return done;
      }),
    "vault.wipe": () =>
      attempt(async () => {
        await vault.lock();
        // Whatever still writes is stopped before anything is gone that it could write again.
        await ports.search.forget();
        await forgetRelayers(ports.channels.local);
        // The journal before the vault: a new wallet must never find the budgets of the one before.
        await ledger.erase();
        await vault.wipe();
        await payments.forget();
        for (const topic of ["status", "wallet", "grants", "payments", "channels"] as const) announce(topic);
        return done;
      }),
  };
}
