/**
 * What happens by the clock: payments that were left open are settled, closes by sites are looked for, the wish to
 * leave a channel is carried out, a search for channels goes on, the lock falls when its time has come.
 */
import { browser } from "wxt/browser";
import { carryOutExits } from "#channels";
import type { Opening } from "./opening.ts";
import type { Wallet } from "./wallet.ts";

const RECONCILE = "reconcile";
const EVERY_MINUTES = 1;
const AUDIT = "audit";
const WEEK_MINUTES = 7 * 24 * 60;
/** Requests that were under way when the background died may ask for their payment again first, in milliseconds. */
const SETTLE_AFTER_START = 3_000;

export function watchClock(opening: Opening): void {
  const reconcile = async () => {
    const wallet = await opening.ifThere();
    // Looking is enough: a lock that is overdue falls.
    await wallet?.vault.status();
    await wallet?.payments.reconcile();
    if (wallet) await carryOutExits(wallet.answerPorts.channels).catch((error) => console.warn("Exits wait", error));
    await wallet?.search.go();
  };
  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === RECONCILE) void reconcile();
    if (name === AUDIT) void opening.ifThere().then((wallet) => wallet && audit(wallet));
  });
  void browser.alarms.create(RECONCILE, { periodInMinutes: EVERY_MINUTES });
  void browser.alarms.get(AUDIT).then((set) => {
    if (!set) void browser.alarms.create(AUDIT, { delayInMinutes: WEEK_MINUTES, periodInMinutes: WEEK_MINUTES });
  });
  void opening.once().then(async (wallet) => {
    setTimeout(() => void reconcile(), SETTLE_AFTER_START);
    // Once per start of the browser, not at every wake of the background.
    if ((await browser.storage.session.get(AUDIT))[AUDIT]) return;
    if (await audit(wallet)) await browser.storage.session.set({ [AUDIT]: true });
  });
}

/** Payments go on meanwhile. Returns whether the journal could be added up; it is tried again at the next wake if not. */
async function audit({ ledger }: Wallet): Promise<boolean> {
  try {
    await ledger.audit();
    return true;
  } catch (error) {
    console.warn("The journal could not be audited", error);
    return false;
  }
}
