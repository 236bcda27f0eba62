/** Answers to screens while the wallet opens, and the few that can be given when its journal cannot be opened or written. */

import { browser } from "wxt/browser";
import { createAnswers } from "#answers";
import { storageTrouble } from "#ledger";
import type { Handlers, Status } from "#messages";
import type { Opening } from "./opening.ts";
import type { Wallet } from "./wallet.ts";

/** Messages that a screen sends without the person doing anything. */
const LOOKING = /\.(get|list|preview)$/;

/** What is shown when the journal cannot be opened: nothing is paid, and why. */
export function haltedStatus(error: unknown): Status {
  return {
    vault: "locked",
    pausedAll: false,
    halted: `ledger_${storageTrouble(error) ?? "unavailable"}`,
    network: { id: "", name: "", testnet: true, faucet: false },
    version: browser.runtime.getManifest().version,
  };
}

/** Handlers that may be called at once: each waits for the wallet, and says so if there is none. */
export function answerWhenReady(opening: Opening): Handlers {
  const answersOf = new WeakMap<Wallet, Handlers>();
  const answer = async (name: keyof Handlers, request: unknown): Promise<unknown> => {
    const halted = (error: unknown) =>
      name === "status.get" ? haltedStatus(error) : { problem: haltedStatus(error).halted };
    let wallet: Wallet;
    try {
      wallet = await opening.wallet();
    } catch (error) {
      return halted(error);
    }
    // Screens look by themselves; only what a person does puts the lock off.
    if (!LOOKING.test(name)) await wallet.vault.touch();
    const answers = answersOf.get(wallet) ?? createAnswers(wallet.answerPorts);
    answersOf.set(wallet, answers);
    try {
      return await (answers[name] as (request: unknown) => Promise<unknown>)(request);
    } catch (error) {
      // The browser took the journal away while the wallet was open.
      if (storageTrouble(error)) return halted(error);
      throw error;
    }
  };
  return new Proxy({} as Handlers, {
    get: (_target, name) => (request: unknown) => answer(name as keyof Handlers, request),
  });
}
