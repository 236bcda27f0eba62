/** What the screens are told about channels, and the ways out of them. */
import { findNetwork, type Network } from "@tollpass/protocol";
import type { Hex } from "viem";
import { ChainError } from "#chain";
import { ChannelError, closeChannel, exitChannel, finishExit, refundChannel } from "#channels";
import type { ChannelRecord, PaymentRecord } from "#ledger";
import type { ChannelView, Handlers, Money, Problem } from "#messages";
import { VaultError } from "#vault";
import { hostOf, moneyOf } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";

/**
 * paid + inFlight + unused = deposit: what receipts prove, what is signed without a receipt yet, and the rest. A payee
 * can take no more than the deposit, so no more is shown as paid. Of a closed channel only what was taken is left.
 */
export function channelView(
  networks: readonly Network[],
  record: ChannelRecord,
  unsettled: readonly PaymentRecord[],
  payments: number,
): ChannelView {
  const { key, terms, status, deposit, pendingDeposit } = record;
  const money = (atomic: bigint) => moneyOf(networks, key.network, key.asset, atomic);
  const closed = status === "closed";
  const total = closed ? record.settled : deposit + (pendingDeposit?.amount ?? 0n);
  const owed = lesser(closed ? record.settled : record.authorized - record.credited, total);
  const waiting = unsettled.filter(({ channelId }) => channelId === record.id);
  const flying = waiting.reduce((sum, { amount, inGross }) => sum + (inGross ? amount : 0n), 0n);
  const inFlight = closed ? 0n : lesser(flying, owed);
  return {
    id: record.id,
    host: hostOf(key.payeeOrigin),
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
    relay: record.relay,
    payee: terms.payee,
    contract: key.contract,
  };
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

type ChannelAnswers = Pick<
  Handlers,
  "channels.list" | "channel.close" | "channel.refund" | "channel.exit" | "channel.finishExit"
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
      const [records, unsettled] = await Promise.all([ledger.listChannels(), ledger.unsettled()]);
      return Promise.all(
        records.map(async (record) =>
          channelView(ports.networks(), record, unsettled, await ledger.countPayments(record.id)),
        ),
      );
    },
    "channel.close": ({ channelId }) => step(channelId, (id) => closeChannel(channels, id)),
    "channel.refund": ({ channelId }) => step(channelId, (id) => refundChannel(channels, id)),
    "channel.exit": ({ channelId, ownGas }) => step(channelId, (id) => exitChannel(channels, id, { ownGas })),
    "channel.finishExit": ({ channelId, ownGas }) => step(channelId, (id) => finishExit(channels, id, { ownGas })),
  };
}
