/**
 * The background: the only context that may touch keys and money. Registers every listener in its first turn and wires
 * browser events to the rooms of lib; whatever arrives before the ledger is open waits for it.
 */

import { browser } from "wxt/browser";
import { defineBackground } from "wxt/utils/define-background";
import { createAnswers } from "#answers";
import { createInterceptor } from "#intercept";
import { serve } from "#messages";
import { watchBadge } from "./badge.ts";
import { watchClock } from "./clock.ts";
import { openOnboarding } from "./onboarding.ts";
import { answerWhenReady, startWallet, type Wallet } from "./wallet.ts";
import { ApprovalWindows } from "./windows.ts";

export default defineBackground({
  main() {
    const windows = new ApprovalWindows();
    const wallet: Promise<Wallet> = startWallet(windows, (topic) => announce(topic));

    createInterceptor().start({
      decide: async (request) => (await wallet).payments.decide(request),
      replayed: (paymentId, event) => {
        void wallet.then(({ payments }) => payments.replayed(paymentId, event));
      },
    });
    const { announce } = serve(answerWhenReady(wallet.then((ready) => createAnswers(ready.answerPorts))));
    windows.onClosed((questionId) => {
      void wallet.then(({ payments }) => payments.windowClosed(questionId));
    });
    watchBadge(wallet);
    watchClock(wallet);
    browser.runtime.onInstalled.addListener(({ reason }) => {
      if (reason === "install") void openOnboarding();
    });
  },
});
