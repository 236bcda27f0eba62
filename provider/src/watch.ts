/** What happens by the clock: looking for exits, claiming before channels end, scheduled claims, dropping old answers. */

import { refresh } from "./channels.ts";
import { type ClaimResult, claim, claimable } from "./claims.ts";
import { sendClose } from "./closing.ts";
import type { Context } from "./context.ts";
import { watchGas } from "./deposits.ts";
import { isFollowed } from "./reading.ts";
import type { ChannelRecord } from "./store.ts";

const CHANNELS_PER_READ = 500;
const BODY_LIFETIME_MILLISECONDS = 24 * 3_600_000;

export interface Watch {
  /** Reads all channels that may be live from the chain, claims those about to end, retries decided closes. */
  look(): Promise<void>;
  /** Claims everything now, whatever the schedule. */
  claimNow(): Promise<ClaimResult>;
  stop(): Promise<void>;
}

/** Starts the timers. They never keep the process alive. */
export function startWatch(context: Context): Watch {
  const { chain, contract, settings, store } = context;
  let silent = false;
  /** Claims and looks one after the other: two batches of the same channels would pay for the second in vain. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  /** Closed ones too, for some days: a node may have been wrong about them. */
  const followed = async (): Promise<ChannelRecord[]> => {
    const now = Date.now();
    return (await store.channels()).filter(
      (record) =>
        record.chainId === contract.chainId && record.contract === contract.address && isFollowed(record, now),
    );
  };

  async function lookAtChain(): Promise<void> {
    const before = await followed();
    for (let i = 0; i < before.length; i += CHANNELS_PER_READ) {
      await refresh(
        context,
        before.slice(i, i + CHANNELS_PER_READ).map(({ id }) => id),
      );
    }
    const after = await followed();
    const statusBefore = new Map(before.map(({ id, status }) => [id, status]));
    const leaving = after.filter(({ status }) => status === "exiting" || status === "closing");
    for (const { id, status } of leaving.filter(({ id, status }) => statusBefore.get(id) !== status)) {
      context.warn(
        status === "exiting"
          ? {
              code: "exit_requested",
              message: `The payer of channel ${id} is leaving. What it has acknowledged is claimed now.`,
            }
          : {
              code: "close_started",
              message: `Channel ${id} is being closed on the chain in this server's name. Nothing more is sold on it; what its payer has acknowledged is claimed now. The rest is paid once the close has been finalized.`,
            },
      );
    }
    if (chain.relay && leaving.some((record) => claimable(record) > 0n)) {
      await claim(context, ({ status }) => status === "exiting" || status === "closing");
    }
    for (const { id } of after.filter(({ close, status }) => close !== undefined && status !== "closed")) {
      await sendClose(context, id).catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    try {
      if ((await followed()).length > 0) await lookAtChain();
      silent = false;
    } catch (failure) {
      // Once per outage. Channels are served on until a quarter of their exit delay went by unseen.
      if (!silent) {
        context.warn({
          code: "chain_unavailable",
          message: `The chain cannot be read or did not take a transaction (${String(failure)}). Exits may go unnoticed until it can.`,
        });
      }
      silent = true;
    }
  }

  async function scheduledClaim(threshold: bigint): Promise<void> {
    const total = (await followed()).reduce((sum, record) => sum + claimable(record), 0n);
    if (!chain.relay || total < threshold) return;
    try {
      await claim(context, () => true);
    } catch (failure) {
      context.warn({
        code: "claim_failed",
        message: `A claim did not go through (${String(failure)}). It will be tried again.`,
      });
    }
  }

  const timers = [
    setInterval(() => void inTurn(look), settings.watchSeconds * 1_000),
    setInterval(() => void store.dropBodies(Date.now() - BODY_LIFETIME_MILLISECONDS).catch(() => undefined), 3_600_000),
  ];
  if (settings.claim) {
    const { everyMinutes, threshold } = settings.claim;
    timers.push(setInterval(() => void inTurn(() => scheduledClaim(threshold)), everyMinutes * 60_000));
  }
  for (const timer of timers) timer.unref();
  if (chain.relay) void watchGas(context);

  return {
    look: () => inTurn(look),
    claimNow: () => inTurn(() => claim(context, () => true)),
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await turn;
    },
  };
}
