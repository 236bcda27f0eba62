/** Keeps the toolbar badge true: spending on the current site, or that it asks for something. */

import { browser } from "wxt/browser";
import { badgeOf } from "#answers";
import type { Opening } from "./opening.ts";
import { siteOfTab } from "./wallet.ts";

const COLOURS = { spent: "#0b6e4f", asks: "#8a5a00", refused: "#a3261b", quiet: "#5f6b66" } as const;

export function watchBadge(opening: Opening): void {
  const draw = async (tabId: number) => {
    const { ledger, payments, answerPorts } = await opening.wallet();
    const { text, tone, title } = await badgeOf(
      { ledger, payments, networks: answerPorts.networks, now: answerPorts.now },
      await siteOfTab(tabId),
    );
    await browser.action.setBadgeText({ tabId, text });
    await browser.action.setBadgeBackgroundColor({ tabId, color: COLOURS[tone] });
    await browser.action.setTitle({ tabId, title });
  };
  // A tab that is gone by now needs no badge.
  const drawIfThere = (tabId: number) => void draw(tabId).catch(() => undefined);
  const drawActive = async () => {
    for (const { id } of await browser.tabs.query({ active: true })) if (id !== undefined) drawIfThere(id);
  };

  browser.tabs.onActivated.addListener(({ tabId }) => drawIfThere(tabId));
  browser.tabs.onUpdated.addListener((tabId, change) => {
    if (change.status !== undefined) drawIfThere(tabId);
  });
  // Many payments at once draw one badge.
  let waiting = false;
  void opening.once().then(({ ledger }) =>
    ledger.subscribe(() => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        void drawActive();
      }, 200);
    }),
  );
}
