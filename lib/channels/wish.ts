/**
 * The wish to leave a channel, written down before anything is tried: it survives the background, waits for the network,
 * a relayer, coins or the password, and is carried out step by step until the money is back or the person takes it back.
 */
import type { Hex } from "viem";
import { ChainError, transactionHash } from "#chain";
import type { ChannelRecord, ExitWish } from "#ledger";
import { VaultError } from "#vault";
import { type ExitCall, endExit, nobodyWants, requestExit, requireWayOut } from "./exit.ts";
import type { Done } from "./leave.ts";
import { ChannelError, type ChannelPorts, placeOf, requireChannel } from "./ports.ts";
import { refreshChannels } from "./refresh.ts";

/** Between two tries, in milliseconds: relayers are asked each time. */
const TRY_AGAIN = 5 * 60_000;
/** A transaction that has not shown on chain after so long is replaced by one with a higher fee, in milliseconds. */
const SIGN_ANEW = 10 * 60_000;
/** The most transactions that one wish may pay for: two steps, and one that the chain refused. */
const MOST_NONCES = 3;

interface Wanted {
  /** The account pays the fees. */
  readonly ownGas: boolean;
}

/**
 * Writes the wish down and tries it at once. What it throws says why it did not work this time (`requestExit`): the wish
 * stands all the same, unless the channel is on its way out already (`channel_unusable`).
 */
export async function exitChannel(ports: ChannelPorts, id: Hex, wanted: Wanted): Promise<Done> {
  await wish(ports, id, wanted, requireWayOut);
  return carryOut(ports, id, {});
}

/** The same for the last step of a way out that has begun (`endExit`); `exit_not_due` for one that has not. */
export async function finishExit(ports: ChannelPorts, id: Hex, wanted: Wanted): Promise<Done> {
  // Where the network is away, what was last seen there has to do.
  await refreshChannels(ports, [id]).catch(() => undefined);
  await wish(ports, id, wanted, (record) => {
    if (!hasBegun(record)) throw new ChannelError("exit_not_due", "Nobody has asked for this money yet.");
  });
  return carryOut(ports, id, {});
}

/** Whether the last step is what is left to do. */
const hasBegun = ({ status, payeeClose }: ChannelRecord): boolean =>
  status === "exiting" || status === "closed" || (status === "closing" && payeeClose !== undefined);

/**
 * Takes the wish back; the channel pays again. Throws `channel_unusable` once the exit has begun on chain, and
 * `not_confirmed` while a transaction of this wallet may still begin it. A relayer that was asked may send the request
 * for some minutes yet.
 */
export async function cancelExit(ports: ChannelPorts, id: Hex): Promise<void> {
  await requireChannel(ports.ledger, id);
  await ports.ledger.updateChannel(id, (record) => {
    if (!record.exitWish) return {};
    requireWayOut(record);
    if (record.exitWish.sent) throw new ChannelError("not_confirmed", "It has been sent and may still be confirmed.");
    return { exitWish: undefined };
  });
}

/**
 * Goes on with every wish that has waited long enough. What keeps one from being carried out is in its record. Those that
 * others are asked to send go side by side: a server that does not answer keeps no other channel from being left. With
 * own gas one follows the other, since an account numbers what it sends.
 */
export async function carryOutExits(ports: ChannelPorts): Promise<void> {
  const due = (await ports.ledger.readableChannels()).filter((record) => isTime(record, ports.now()));
  const goOn = ({ id }: ChannelRecord) => carryOut(ports, id, { timeoutMs: 0 }).catch(() => undefined);
  const ownGas = async () => {
    for (const record of due) if (record.exitWish?.ownGas) await goOn(record);
  };
  await Promise.all([ownGas(), ...due.filter(({ exitWish }) => !exitWish?.ownGas).map(goOn)]);
}

function isTime({ status, exitWish, exitAt, payeeClose }: ChannelRecord, now: number): boolean {
  if (!exitWish) return false;
  if (status === "closed") return true;
  const due = status === "exiting" ? exitAt : (payeeClose?.deadline ?? 0);
  if (due * 1000 > now) return false;
  // With own gas a close by the payee is ended alone.
  if (payeeClose && !exitWish.ownGas) return false;
  const { problem, triedAt } = exitWish;
  // Nobody was asked: what it waits for is the password alone.
  if (problem === "locked") return true;
  return triedAt === undefined || now < triedAt || now - triedAt >= TRY_AGAIN;
}

function wish(
  ports: ChannelPorts,
  id: Hex,
  { ownGas }: Wanted,
  check: (record: ChannelRecord) => void,
): Promise<ChannelRecord> {
  return requireChannel(ports.ledger, id).then(() =>
    ports.ledger.updateChannel(id, (record) => {
      check(record);
      // What was signed before may still be mined, so it stays known.
      return { exitWish: { at: ports.now(), ownGas, sent: record.exitWish?.sent, nonces: 0 } };
    }),
  );
}

/** Changes the wish if it still stands. */
function note(ports: ChannelPorts, id: Hex, change: (wish: ExitWish) => ExitWish | undefined): Promise<ChannelRecord> {
  return ports.ledger.updateChannel(id, ({ exitWish }) => (exitWish ? { exitWish: change(exitWish) } : {}));
}

async function carryOut(ports: ChannelPorts, id: Hex, wait: { timeoutMs?: number }): Promise<Done> {
  const before = await requireChannel(ports.ledger, id);
  const { exitWish } = before;
  if (!exitWish) throw nobodyWants();
  const { ownGas } = exitWish;
  const send = (record: ChannelRecord, call: ExitCall) => sendJournalled(ports, record, call, wait);
  try {
    const done = hasBegun(before)
      ? await endExit(ports, id, { ownGas, send })
      : await requestExit(ports, id, ownGas ? send : undefined);
    const { status } = await requireChannel(ports.ledger, id);
    await note(ports, id, (stored) => (status === "closed" ? undefined : tried(stored, exitWish, ports.now())));
    return done;
  } catch (error) {
    await note(ports, id, (stored) => tried(stored, exitWish, ports.now(), problemOf(error)));
    throw error;
  }
}

/** The wish after a try. One that is newer than the try stays as it is: how that went is for its own try to say. */
function tried(stored: ExitWish, asked: ExitWish, triedAt: number, problem: Problem = {}): ExitWish {
  if (stored.at !== asked.at) return stored;
  const { at, ownGas, sent, nonces } = stored;
  return { at, ownGas, sent, nonces, triedAt, ...problem };
}

/**
 * Sends a call with own gas: journalled before it leaves, the same bytes while they are fresh, and later one with the
 * same nonce and a higher fee, so that each step is paid for once. Throws ChainError.
 */
async function sendJournalled(
  ports: ChannelPorts,
  { id, key, ...record }: ChannelRecord,
  call: ExitCall,
  wait: { timeoutMs?: number },
): Promise<Hex> {
  const chain = ports.chainOf(placeOf(ports, { id, key, ...record }).network);
  const before = record.exitWish?.sent?.step === call.kind ? record.exitWish.sent : undefined;
  let raw = before?.raw;
  if (!before || ports.now() - before.at >= SIGN_ANEW || ports.now() < before.at) {
    if (before && (await isOver(ports, chain, id, before.raw))) return transactionHash(before.raw);
    try {
      const { transaction, replaces } = await chain.prepare(call, key.account, before?.raw);
      const signed = await ports.vault.signTransaction(key.account, transaction);
      const { exitWish } = await note(ports, id, (stored) => {
        // Another call has signed one meanwhile: that one is the one to send.
        if (stored.sent?.step === call.kind && stored.sent.raw !== before?.raw) return stored;
        const nonces = stored.nonces + (replaces ? 0 : 1);
        if (nonces > MOST_NONCES) throw new ChainError("refused");
        return { ...stored, nonces, sent: { step: call.kind, raw: signed, at: ports.now() } };
      });
      raw = exitWish?.sent?.raw;
    } catch (error) {
      // The one that waits may still be mined.
      if (before) await chain.send(before.raw).catch(() => undefined);
      throw error;
    }
  }
  if (!raw) throw nobodyWants();
  const hash = await chain.send(raw);
  await settle(ports, id, raw, () => chain.waitForReceipt(hash, wait));
  return hash;
}

/** Whether it is confirmed. One that failed is forgotten, and thrown. */
async function isOver(
  ports: ChannelPorts,
  chain: ReturnType<ChannelPorts["chainOf"]>,
  id: Hex,
  raw: Hex,
): Promise<boolean> {
  try {
    await settle(ports, id, raw, () => chain.waitForReceipt(transactionHash(raw), { timeoutMs: 0 }));
    return true;
  } catch (error) {
    if (error instanceof ChainError && error.code === "timeout") return false;
    throw error;
  }
}

/**
 * Forgets a transaction once it is mined, well or not: what comes after it has a nonce of its own. One that went well
 * only after the channel was read anew: until then nothing else keeps the wish from being taken back.
 */
async function settle(ports: ChannelPorts, id: Hex, raw: Hex, confirmed: () => Promise<unknown>): Promise<void> {
  const forget = () =>
    note(ports, id, (stored) => (stored.sent?.raw === raw ? { ...stored, sent: undefined } : stored));
  try {
    await confirmed();
  } catch (error) {
    if (error instanceof ChainError && error.code === "reverted") await forget();
    throw error;
  }
  await refreshChannels(ports, [id]);
  await forget();
}

type Problem = Pick<ExitWish, "problem" | "need" | "have">;

function problemOf(error: unknown): Problem {
  if (error instanceof ChannelError) {
    if (error.problem === "exit_not_due") return {};
    return { problem: error.problem, ...error.short };
  }
  if (error instanceof VaultError) return { problem: error.code };
  if (!(error instanceof ChainError)) return { problem: "internal" };
  const { code, need, have } = error;
  return { problem: code === "unreachable" ? "rpc_unreachable" : code, need, have };
}
