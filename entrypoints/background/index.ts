/**
 * The background: the only context that may touch keys and money. Registers every listener in its first turn and wires
 * browser events to the rooms of lib; whatever arrives before the ledger is open waits for it.
 */

import { browser } from "wxt/browser";
import { defineBackground } from "wxt/utils/define-background";
import { createInterceptor, keptAlive } from "#intercept";
import { serve } from "#messages";
import { watchBadge } from "./badge.ts";
import { watchClock } from "./clock.ts";
import { answerWhenReady } from "./halted.ts";
import { openOnboarding } from "./onboarding.ts";
import { Opening } from "./opening.ts";
import { openVault, startWallet } from "./wallet.ts";
import { ApprovalWindows } from "./windows.ts";

export default defineBackground({
  main() {
    const windows = new ApprovalWindows();
    const vault = openVault();
    const opening = new Opening(() => startWallet(vault, windows, (topic) => announce(topic)));

    createInterceptor().start({
      decide: async (request) => {
        const wallet = await opening.ifThere();
        return wallet ? wallet.payments.decide(request) : { kind: "leave" };
      },
      replayed: (paymentId, event) => {
        void opening.ifThere().then((wallet) => wallet?.payments.replayed(paymentId, event));
      },
      navigated: (tabId) => {
        void opening.ifThere().then((wallet) => wallet?.payments.navigated(tabId));
      },
    });
    const { announce } = serve(answerWhenReady(opening, vault, (topic) => announce(topic)));
    windows.onClosed((questionId) => {
      void opening.ifThere().then((wallet) => wallet?.payments.windowClosed(questionId));
    });
    watchBadge(opening);
    watchClock(opening, {
      alarms: browser.alarms,
      session: browser.storage.session,
      later: (milliseconds, work) => {
        setTimeout(work, milliseconds);
      },
      keptAlive,
    });
    browser.runtime.onInstalled.addListener(({ reason }) => {
      if (reason === "install") void openOnboarding();
    });
  },
});
