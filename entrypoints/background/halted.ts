/** Answers to screens while the wallet opens, and the few that can be given when its journal cannot be opened or written. */

import { browser } from "wxt/browser";
import { createAnswers, type HaltedAnswers, type HaltedPorts, haltedAnswers } from "#answers";
import { forgetSearch } from "#channels";
import { discardJournal, storageTrouble } from "#ledger";
import type { Handlers, Topic } from "#messages";
import type { Vault } from "#vault";
import type { Opening } from "./opening.ts";
import type { Wallet } from "./wallet.ts";

/** Messages that a screen sends without the person doing anything. */
const LOOKING = /\.(get|list|preview)$/;

/** Handlers that may be called at once: each waits for the wallet, and does what can be done if there is none. */
export function answerWhenReady(opening: Opening, vault: Vault, announce: (topic: Topic) => void): Handlers {
  const answersOf = new WeakMap<Wallet, Handlers>();
  const withoutJournal = (error: unknown, wallet?: Wallet): HaltedAnswers => {
    const ports: HaltedPorts = {
      vault,
      local: browser.storage.local,
      now: () => Date.now(),
      version: browser.runtime.getManifest().version,
      forgetSearch: () => wallet?.search.forget() ?? forgetSearch(browser.storage.local),
      forgetSession: async () => {
        await wallet?.payments.forget();
        await browser.storage.session.clear();
      },
      discardJournal: () =>
        wallet
          ? wallet.ledger.erase().then(
              () => true,
              () => false,
            )
          : discardJournal(),
      announce,
    };
    return haltedAnswers(ports, `ledger_${storageTrouble(error) ?? "unavailable"}`);
  };
  const halted = async (name: keyof Handlers, request: unknown, error: unknown, wallet?: Wallet) => {
    const answers: Partial<Handlers> = withoutJournal(error, wallet);
    const handler = answers[name] as ((request: unknown) => Promise<unknown>) | undefined;
    return handler ? handler(request) : { problem: `ledger_${storageTrouble(error) ?? "unavailable"}` };
  };
  const answer = async (name: keyof Handlers, request: unknown): Promise<unknown> => {
    let wallet: Wallet;
    try {
      wallet = await opening.wallet();
    } catch (error) {
      return halted(name, request, error);
    }
    // Screens look by themselves; only what a person does puts the lock off.
    if (!LOOKING.test(name)) await wallet.vault.touch();
    const answers = answersOf.get(wallet) ?? createAnswers(wallet.answerPorts);
    answersOf.set(wallet, answers);
    try {
      return await (answers[name] as (request: unknown) => Promise<unknown>)(request);
    } catch (error) {
      // The browser took the journal away while the wallet was open.
      if (storageTrouble(error)) return halted(name, request, error, wallet);
      throw error;
    }
  };
  return new Proxy({} as Handlers, {
    get: (_target, name) => (request: unknown) => answer(name as keyof Handlers, request),
  });
}
