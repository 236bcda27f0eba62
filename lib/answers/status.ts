/** The wallet's standing: locked or not, paused or not, and the messages of the vault. */
import { carryOutExits, refreshChannels } from "#channels";
import { LedgerError } from "#ledger";
import type { Handlers, Problem, Status } from "#messages";
import { checkPhrase, MIN_PASSWORD_LENGTH, VaultError } from "#vault";
import { disputesOf } from "./channels.ts";
import { isJournalOf, leftBehindView } from "./journalOwner.ts";
import type { AnswerPorts } from "./ports.ts";

async function statusOf({ vault, ledger, home, version, faucet, networks, now }: AnswerPorts): Promise<Status> {
  const standing = await vault.status();
  const { id, name, testnet } = home();
  const [totals, closing] = await Promise.all([
    ledger.walletTotals(),
    ledger.listChannels({ status: ["closing"] }),
  ]).catch(async (error: unknown) => {
    if (!(error instanceof LedgerError) || error.code !== "inconsistent") throw error;
    // A row that cannot be read halts every payment by itself; the ways to the phrase and out of the wallet stay,
    // and so does what has to be answered in time.
    return [{ policy: { paused: false }, halted: true }, await ledger.readableChannels()] as const;
  });
  const disputes = disputesOf(networks(), closing, now());
  return {
    // A damaged vault is brought back the way a new one is made: from the phrase.
    vault: standing === "damaged" ? "absent" : standing,
    pausedAll: totals.policy.paused,
    ...(totals.halted ? { halted: "ledger_inconsistent" as const } : {}),
    ...(ledger.isFull() ? { halted: "ledger_full" as const } : {}),
    ...(disputes.length > 0 ? { disputes } : {}),
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
  | "leftBehind.get"
  | "vault.create"
  | "vault.checkPhrase"
  | "vault.unlock"
  | "vault.lock"
  | "vault.reveal"
  | "vault.changePassword"
>;

export function vaultAnswers(ports: AnswerPorts): VaultAnswers {
  const { vault, ledger, payments, announce, now, search, channels } = ports;
  const attempt = async <T>(work: () => Promise<T>): Promise<T | Problem> => {
    try {
      return await work();
    } catch (error) {
      return vaultProblem(error, now());
    }
  };
  /** Whether there is no wallet, or none that can be read. */
  const begins = async () => ["absent", "damaged"].includes(await vault.status());
  const done = async (work: Promise<unknown>) => {
    await work;
    announce("status");
    return { done: true } as const;
  };
  return {
    "status.get": () => statusOf(ports),
    "leftBehind.get": () => leftBehindView(ports),
    "vault.create": ({ password, phrase, erase }) =>
      attempt(async () => {
        const checked = phrase === undefined ? undefined : checkPhrase(phrase);
        const willBeMade = (await begins()) && checked?.ok !== false && [...password].length >= MIN_PASSWORD_LENGTH;
        // First of all: a new wallet must never find the budgets of another, and another's journal is the last proof of
        // what is owed and given back, so it goes only where the person said so.
        if (willBeMade && !(await isJournalOf(await ledger.leftBehind(), checked?.phrase))) {
          if (erase === undefined) return { problem: "journal_of_another" };
          // To know whose it is takes a while: where another dashboard has made a wallet since, both are that one's.
          if (await begins()) await ledger.erase();
        }
        if (willBeMade && (await vault.status()) === "damaged") await vault.wipe();
        if (phrase === undefined) return done(vault.create(password));
        // Wanted first: a background that dies in between still looks for what this phrase opened.
        if ((await vault.status()) === "absent") await search.want();
        try {
          const reply = await done(vault.create(password, { phrase }));
          void search.go();
          return reply;
        } catch (error) {
          if ((await vault.status()) === "absent") await search.forget();
          throw error;
        }
      }),
    "vault.checkPhrase": async ({ phrase }) => {
      const checked = checkPhrase(phrase);
      if (checked.ok) {
        const erases = (await begins()) && !(await isJournalOf(await ledger.leftBehind(), checked.phrase));
        return { done: true, ...(erases ? { erases } : {}) };
      }
      return { problem: checked.reason, ...("word" in checked && checked.word ? { detail: checked.word } : {}) };
    },
    "vault.unlock": ({ password }) =>
      attempt(async () => {
        const reply = await done(vault.unlock(password));
        payments.lookAgain();
        void search.go();
        // A false close may have waited for the key, and so may the wish to leave a channel.
        void refreshChannels(channels)
          .catch(() => undefined)
          .then(() => carryOutExits(channels))
          .catch(() => undefined);
        return reply;
      }),
    "vault.lock": () => done(vault.lock()),
    "vault.reveal": ({ password }) => attempt(async () => ({ phrase: await vault.revealPhrase(password) })),
    "vault.changePassword": ({ from, to }) => attempt(() => done(vault.changePassword(from, to))),
  };
}
