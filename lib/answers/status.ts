/** The wallet's standing: locked or not, paused or not, and the messages of the vault. */
import type { Handlers, Problem, Status } from "#messages";
import { checkPhrase, VaultError } from "#vault";
import type { AnswerPorts } from "./ports.ts";

async function statusOf({ vault, ledger, home, version, faucet }: AnswerPorts): Promise<Status> {
  const [standing, totals] = await Promise.all([vault.status(), ledger.walletTotals()]);
  const { id, name, testnet } = home();
  return {
    // A damaged vault is brought back the way a new one is made: from the phrase.
    vault: standing === "damaged" ? "absent" : standing,
    pausedAll: totals.policy.paused,
    ...(totals.halted ? { halted: "ledger_inconsistent" as const } : {}),
    ...(ledger.isFull() ? { halted: "ledger_full" as const } : {}),
    network: { id, name, testnet, faucet: faucet !== undefined },
    version,
  };
}

/** A vault's refusal in the words of the messages; anything else is a bug and thrown on. */
export function vaultProblem(error: unknown, now: number): Problem {
  if (!(error instanceof VaultError)) throw error;
  const { code, retryAt, message } = error;
  const wait = retryAt === undefined ? undefined : Math.max(0, Math.ceil((retryAt - now) / 1000));
  return { problem: code, detail: message, ...(wait ? { retryAfter: wait } : {}) };
}

type VaultAnswers = Pick<
  Handlers,
  | "status.get"
  | "vault.create"
  | "vault.checkPhrase"
  | "vault.unlock"
  | "vault.lock"
  | "vault.reveal"
  | "vault.changePassword"
>;

export function vaultAnswers(ports: AnswerPorts): VaultAnswers {
  const { vault, payments, announce, now } = ports;
  const attempt = async <T>(work: () => Promise<T>): Promise<T | Problem> => {
    try {
      return await work();
    } catch (error) {
      return vaultProblem(error, now());
    }
  };
  const done = async (work: Promise<unknown>) => {
    await work;
    announce("status");
    return { done: true } as const;
  };
  return {
    "status.get": () => statusOf(ports),
    "vault.create": ({ password, phrase }) =>
      attempt(async () => {
        if ((await vault.status()) === "damaged") await vault.wipe();
        return done(vault.create(password, phrase === undefined ? {} : { phrase }));
      }),
    "vault.checkPhrase": async ({ phrase }) => {
      const checked = checkPhrase(phrase);
      if (checked.ok) return { done: true };
      return { problem: checked.reason, ...("word" in checked && checked.word ? { detail: checked.word } : {}) };
    },
    "vault.unlock": ({ password }) =>
      attempt(async () => {
        const reply = await done(vault.unlock(password));
        payments.lookAgain();
        return reply;
      }),
    "vault.lock": () => done(vault.lock()),
    "vault.reveal": ({ password }) => attempt(async () => ({ phrase: await vault.revealPhrase(password) })),
    "vault.changePassword": ({ from, to }) => attempt(() => done(vault.changePassword(from, to))),
  };
}
