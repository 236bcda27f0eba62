/**
 * The few answers that need no journal, for when there is none to be had: what is wrong, the recovery phrase, and the
 * end of the wallet. Nothing is paid and nothing is created meanwhile.
 */
import { forgetRelayers } from "#channels";
import type { Handlers, Status } from "#messages";
import type { StorageArea, Vault } from "#vault";
import { vaultProblem } from "./status.ts";

export interface HaltedPorts {
  readonly vault: Vault;
  readonly local: StorageArea;
  readonly now: () => number;
  readonly version: string;
  /** Stops and forgets the search for channels. */
  readonly forgetSearch: () => Promise<void>;
  /** Empties what is kept for the browser's session. */
  readonly forgetSession: () => Promise<void>;
  /** Deletes the journal without opening it; false where the browser does not do it now. */
  readonly discardJournal: () => Promise<boolean>;
  readonly announce: (topic: "status" | "wallet") => void;
}

export type HaltedAnswers = Pick<
  Handlers,
  "status.get" | "leftBehind.get" | "vault.lock" | "vault.reveal" | "vault.wipe"
>;

/** Answers that hold while the journal is out of reach for the reason `halted`. */
export function haltedAnswers(ports: HaltedPorts, halted: NonNullable<Status["halted"]>): HaltedAnswers {
  const { vault, now, announce } = ports;
  return {
    "status.get": async () => {
      const standing = await vault.status();
      return {
        vault: standing === "damaged" ? "absent" : standing,
        pausedAll: false,
        halted,
        network: { id: "", name: "", testnet: true, faucet: false },
        version: ports.version,
      };
    },
    // What is there cannot be read; a wallet is made only once it can.
    "leftBehind.get": async () => null,
    "vault.lock": async () => {
      await vault.lock();
      announce("status");
      return { done: true };
    },
    "vault.reveal": async ({ password }) => {
      try {
        return { phrase: await vault.revealPhrase(password) };
      } catch (error) {
        return vaultProblem(error, now());
      }
    },
    "vault.wipe": async () => {
      await vault.lock();
      await ports.forgetSearch();
      await forgetRelayers(ports.local);
      // Where it stays, a new wallet finds it again, and is not made over it without a word.
      const gone = await ports.discardJournal();
      await vault.wipe();
      await ports.forgetSession();
      announce("status");
      announce("wallet");
      return { done: true, ...(gone ? {} : { journalKept: true }) };
    },
  };
}
