/** What the screens are told about channels, and the ways out of them. */
import { findNetwork, type Network } from "@tollpass/protocol";
import type { Hex } from "viem";
import { ChainError } from "#chain";
import {
  ChannelError,
  cancelExit,
  closeChannel,
  closeRestored,
  exitChannel,
  exportWatchBundle,
  finishExit,
  refundChannel,
  relayersOf,
  type SearchState,
  setRelayers,
} from "#channels";
import type { ChannelRecord, ExitWish, PaymentRecord } from "#ledger";
import type { ChannelView, Dispute, Handlers, Money, Problem, SearchView } from "#messages";
import { VaultError } from "#vault";
import { hostOf, moneyOf } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";

/**
 * paid + inFlight + unused = deposit: what receipts prove, what is signed without a receipt yet, and the rest. A payee
 * can take no more than the deposit, so no more is shown as paid, and no less than it took already. Of a closed channel
 * only what was taken is left. `relayed`: a relayer can be asked to send an exit.
 */
export function channelView(
  networks: readonly Network[],
  record: ChannelRecord,
  unsettled: readonly PaymentRecord[],
  payments: number,
  relayed = false,
): ChannelView {
  const { key, terms, status } = record;
  const money = (atomic: bigint) => moneyOf(networks, key.network, key.asset, atomic);
  const closed = status === "closed";
  const { total, owed } = sumsOf(record);
  const waiting = unsettled.filter(({ channelId }) => channelId === record.id);
  const flying = waiting.reduce((sum, { amount, inGross }) => sum + (inGross ? amount : 0n), 0n);
  const inFlight = closed ? 0n : lesser(flying, owed);
  return {
    id: record.id,
    host: hostOfChannel(record),
    site: key.payeeOrigin,
    network: key.network,
    networkName: findNetwork(networks, key.network)?.name ?? key.network,
    status,
    trusted: record.untrusted === undefined,
    deposit: money(total),
    paid: money(owed - inFlight),
    inFlight: money(inFlight),
    unused: money(total - owed),
    payments,
    openedAt: record.createdAt,
    ...(record.exitAt > 0 ? { exitAt: record.exitAt * 1000 } : {}),
    exitDelay: terms.exitDelay,
    ...(record.payeeClose && !closed ? { payeeClose: closeView(record, record.payeeClose, money) } : {}),
    ...(record.exitWish && !closed ? { exitWish: wishView(record.exitWish, key.account) } : {}),
    found: key.payeeOrigin === "",
    siteKnown: record.receiptsUrl !== "",
    relay: record.relay || relayed,
    payee: terms.payee,
    contract: key.contract,
  };
}

/** What is or was in a channel, and what of it is the payee's or may be, in atomic units: no more than all of it. */
export function sumsOf(record: ChannelRecord): { readonly total: bigint; readonly owed: bigint } {
  const { status, deposit, pendingDeposit, settled } = record;
  const closed = status === "closed";
  const total = closed ? settled : deposit + (pendingDeposit?.amount ?? 0n);
  const promised = record.authorized - record.credited;
  return { total, owed: lesser(closed || promised < settled ? settled : promised, total) };
}

/** The site's host; of a channel that was found on chain the payee's address, shortened, until the site is known. */
function hostOfChannel({ key, receiptsUrl }: ChannelRecord): string {
  const place = key.payeeOrigin || receiptsUrl;
  return place ? hostOf(place) : `${key.payTo.slice(0, 6)}…${key.payTo.slice(-4)}`;
}

/** Closes that take what was given back and can still be answered, the nearest deadline first; `now` in milliseconds. */
export function disputesOf(networks: readonly Network[], records: readonly ChannelRecord[], now: number): Dispute[] {
  return records
    .flatMap((record): Dispute[] => {
      const { status, payeeClose, challenge, key } = record;
      if (status !== "closing" || !payeeClose || !challenge || payeeClose.deadline * 1000 <= now) return [];
      const { against } = challenge;
      if (against && against.deadline !== payeeClose.deadline) return [];
      const asks = moneyOf(networks, key.network, key.asset, payeeClose.amount);
      const deadline = payeeClose.deadline * 1000;
      return [{ host: hostOfChannel(record), asks, deadline, challenge: challenge.problem ?? "sent" }];
    })
    .filter(({ challenge }) => challenge !== "refused")
    .sort((a, b) => a.deadline - b.deadline);
}

function closeView(
  { challenge, key }: ChannelRecord,
  { amount, deadline }: NonNullable<ChannelRecord["payeeClose"]>,
  money: (atomic: bigint) => Money,
): ChannelView["payeeClose"] {
  const became = challenge?.problem ?? (challenge ? "sent" : undefined);
  return {
    asks: money(amount),
    deadline: deadline * 1000,
    ...(became ? { challenge: became } : {}),
    ...(challenge?.need !== undefined ? { need: coin(challenge.need) } : {}),
    ...(challenge?.have !== undefined ? { have: coin(challenge.have) } : {}),
    address: key.account,
  };
}

function wishView({ ownGas, sent, problem, need, have }: ExitWish, address: string): ChannelView["exitWish"] {
  return {
    ownGas,
    sent: sent !== undefined,
    ...(problem === undefined ? {} : { problem }),
    ...(need === undefined ? {} : { need: coin(need) }),
    ...(have === undefined ? {} : { have: coin(have) }),
    address,
  };
}

/** An amount of the chain's own coin, in wei. */
const coin = (wei: bigint): Money => ({ atomic: wei.toString(), decimals: 18, symbol: "ETH", dollar: false });

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Why a step with a channel was not taken; what is no known failure is thrown on. */
function channelProblem(error: unknown, address: string | undefined): Problem {
  if (error instanceof ChannelError) {
    const { problem, message: detail, short } = error;
    if (!short) return { problem, detail };
    return { problem, need: coin(short.need), have: coin(short.have), ...(address ? { address } : {}) };
  }
  if (error instanceof VaultError) return { problem: error.code, detail: error.message };
  if (!(error instanceof ChainError)) throw error;
  if (error.code === "short_of_gas" && error.need !== undefined && error.have !== undefined) {
    const amounts = { need: coin(error.need), have: coin(error.have) };
    return { problem: "short_of_gas", ...amounts, ...(address ? { address } : {}) };
  }
  const problem = error.code === "unreachable" ? "rpc_unreachable" : error.code;
  return { problem, detail: error.message };
}

function searchView({ places, finishedAt, problem }: SearchState, networks: readonly Network[]): SearchView {
  const wanted = networks.filter(({ stateChannels }) => stateChannels).length;
  const shares = places.map(({ fromBlock, toBlock, searchedTo, finishedAt: over }) =>
    over === undefined ? (searchedTo + 1 - fromBlock) / (toBlock + 1 - fromBlock) : 1,
  );
  const share = wanted === 0 ? 0 : shares.reduce((sum, each) => sum + each, 0) / wanted;
  return {
    share: finishedAt === undefined ? Math.min(share, 1) : 1,
    found: places.reduce((sum, { found }) => sum + found, 0),
    unlisted: places.reduce((sum, { unlisted }) => sum + unlisted, 0),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(problem === undefined ? {} : { problem }),
  };
}

type ChannelAnswers = Pick<
  Handlers,
  | "channels.list"
  | "channel.close"
  | "channel.refund"
  | "channel.exit"
  | "channel.cancelExit"
  | "channel.finishExit"
  | "channels.export"
  | "channelSearch.get"
  | "channelSearch.start"
  | "relayers.get"
  | "relayers.set"
>;

export function channelAnswers(ports: AnswerPorts): ChannelAnswers {
  const { ledger, channels } = ports;
  const step = async (id: string, take: (id: Hex) => Promise<{ transaction?: Hex | undefined }>) => {
    const record = await ledger.getChannel(id as Hex);
    try {
      const { transaction } = await take(id as Hex);
      return { done: true as const, ...(transaction ? { transaction } : {}) };
    } catch (error) {
      return channelProblem(error, record?.key.account);
    } finally {
      ports.announce("channels");
      ports.announce("wallet");
    }
  };
  return {
    "channels.list": async () => {
      const [records, unsettled, relayers] = await Promise.all([
        // One that cannot be read must not take the ways out of the others with it.
        ledger.readableChannels(),
        // Where payments cannot be read the ways out are shown all the same: what is in flight then counts as paid.
        ledger.unsettled().catch(() => []),
        relayersOf(channels.local),
      ]);
      return Promise.all(
        records.map(async (record) =>
          channelView(ports.networks(), record, unsettled, await ledger.countPayments(record.id), relayers.length > 0),
        ),
      );
    },
    "channel.close": ({ channelId, site }) =>
      step(channelId, async (id) =>
        (await ledger.getChannel(id))?.status === "restored"
          ? closeRestored(channels, id, site)
          : closeChannel(channels, id),
      ),
    "channel.refund": ({ channelId }) => step(channelId, (id) => refundChannel(channels, id)),
    "channel.exit": ({ channelId, ownGas }) => step(channelId, (id) => exitChannel(channels, id, { ownGas })),
    "channel.cancelExit": ({ channelId }) =>
      step(channelId, async (id) => {
        await cancelExit(channels, id);
        return {};
      }),
    "channel.finishExit": ({ channelId, ownGas }) => step(channelId, (id) => finishExit(channels, id, { ownGas })),
    "channels.export": async () => ({ json: await exportWatchBundle(channels) }),
    "channelSearch.get": async () => {
      const state = await ports.search.state();
      return state ? searchView(state, ports.networks()) : null;
    },
    "channelSearch.start": async () => {
      await ports.search.want();
      void ports.search.go();
      return { done: true };
    },
    "relayers.get": async () => ({ relayers: [...(await relayersOf(channels.local))] }),
    "relayers.set": async ({ relayers }) => {
      const wrong = await setRelayers(channels.local, relayers);
      if (wrong !== undefined) return { problem: "bad_relayer", detail: wrong };
      ports.announce("channels");
      return { done: true };
    },
  };
}
