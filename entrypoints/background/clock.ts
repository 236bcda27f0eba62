/**
 * What happens by the clock: the chain is watched for closes by sites, the wish to leave a channel is carried out, a
 * search for channels goes on, payments that were left open are settled, the journal is added up, the lock falls when its
 * time has come.
 */
import { type ChannelPorts, type ChannelSearch, carryOutExits } from "#channels";
import type { Ledger } from "#ledger";
import type { Payments, SessionStore } from "#payment";
import type { Vault } from "#vault";
import type { Opening } from "./opening.ts";

const RECONCILE = "reconcile";
const EVERY_MINUTES = 1;
const AUDIT = "audit";
const WEEK_MINUTES = 7 * 24 * 60;
/** Requests that were under way when the background died may ask for their payment again first, in milliseconds. */
const SETTLE_AFTER_START = 3_000;
/**
 * For so long the background is kept awake for the chain, in milliseconds: a challenge takes some reads, and servers
 * that are silent are asked three times for ten seconds before others are.
 */
const AWAKE_FOR_CHAIN = 5 * 60_000;
/**
 * And for so long where payees are asked too. With the 30 s after which a browser ends it that is less than the time
 * between two alarms: a payee that holds everything back does not keep it awake for ever.
 */
const AWAKE_FOR_PAYEES = 20_000;

/** What the clock needs of a wallet. */
export interface ClockWallet {
  readonly vault: Pick<Vault, "status">;
  readonly ledger: Pick<Ledger, "audit">;
  readonly payments: Pick<Payments, "watch" | "reconcile">;
  readonly search: Pick<ChannelSearch, "go">;
  readonly answerPorts: { readonly channels: ChannelPorts };
}

/** What the clock needs of the browser. */
export interface ClockPorts {
  /** `browser.alarms`: they outlive the background. */
  readonly alarms: {
    readonly onAlarm: { addListener(listener: (alarm: { readonly name: string }) => void): void };
    get(name: string): Promise<unknown>;
    create(name: string, when: { delayInMinutes?: number; periodInMinutes: number }): unknown;
  };
  readonly session: SessionStore;
  /** Calls back after so many milliseconds, if the background is still alive then. */
  readonly later: (milliseconds: number, work: () => void) => void;
  /** Awaits the promise and keeps the background alive meanwhile, for so many milliseconds at most. */
  readonly keptAlive: <T>(promise: Promise<T>, atMost: number) => Promise<T>;
}

/** Registers its listeners at once; everything else waits for the wallet. */
export function watchClock(opening: Pick<Opening<ClockWallet>, "ifThere" | "once">, ports: ClockPorts): void {
  const { alarms, session, later, keptAlive } = ports;
  let leaving: Promise<void> | undefined;

  /** One at a time: an exit waits for whoever relays it. */
  const leave = ({ answerPorts }: ClockWallet): Promise<void> => {
    leaving ??= carryOutExits(answerPorts.channels)
      .catch((error) => console.warn("Exits wait", error))
      .finally(() => {
        leaving = undefined;
      });
    return leaving;
  };

  /** Closes are answered first, then channels are left: both by transactions of one account. No payee is waited for. */
  const guard = async (wallet: ClockWallet): Promise<void> => {
    await wallet.payments.watch();
    await Promise.all([leave(wallet), wallet.search.go()]);
  };

  const look = async (): Promise<void> => {
    const wallet = await opening.ifThere();
    if (!wallet) return;
    // Looking is enough: a lock that is overdue falls.
    await wallet.vault.status().catch((error) => console.warn("The lock could not be looked at", error));
    await Promise.all([
      keptAlive(guard(wallet), AWAKE_FOR_CHAIN),
      keptAlive(wallet.payments.reconcile(), AWAKE_FOR_PAYEES),
    ]);
  };

  /** Payments go on meanwhile. Returns whether the journal could be added up. */
  const audit = async ({ ledger }: ClockWallet): Promise<boolean> => {
    try {
      await keptAlive(ledger.audit(), AWAKE_FOR_CHAIN);
      return true;
    } catch (error) {
      console.warn("The journal could not be audited", error);
      return false;
    }
  };

  /** One that is there keeps its time: it is older than this life of the background. */
  const keepAlarm = async (name: string, when: Parameters<typeof alarms.create>[1]): Promise<void> => {
    if (!(await alarms.get(name))) await alarms.create(name, when);
  };

  alarms.onAlarm.addListener(({ name }) => {
    if (name === RECONCILE) void look();
    if (name === AUDIT) void opening.ifThere().then((wallet) => wallet && audit(wallet));
  });
  void keepAlarm(RECONCILE, { periodInMinutes: EVERY_MINUTES });
  void keepAlarm(AUDIT, { delayInMinutes: WEEK_MINUTES, periodInMinutes: WEEK_MINUTES });
  void opening.once().then(async (wallet) => {
    later(SETTLE_AFTER_START, () => void look());
    // Once per start of the browser, not at every wake of the background; at the next wake if it could not be done.
    if ((await session.get([AUDIT]))[AUDIT]) return;
    if (await audit(wallet)) await session.set({ [AUDIT]: true });
  });
}
