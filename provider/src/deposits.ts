/** Relays gasless deposits: checks, simulates, sends and waits, once per authorization however often it is asked. */
import { type Channel, type DepositAuthorization, depositNonce, findToken, type Refusal } from "@tollpass/protocol";
import type { Request } from "express";
import type { Hex } from "viem";
import { type Call, ChainUnavailable, Reverted } from "./chain.ts";
import { type Channels, isEnding } from "./channels.ts";
import type { Context } from "./context.ts";
import { rateLimit } from "./rateLimit.ts";

type Deposited =
  /** The money is in the channel. `transaction` is absent if it already was. */
  { readonly transaction?: Hex | undefined } | { readonly refusal: Refusal; readonly detail?: string | undefined };

export interface Deposits {
  relay(id: Hex, channel: Channel, deposit: DepositAuthorization, request: Request): Promise<Deposited>;
}

const WINDOW_MILLISECONDS = 10 * 60_000;
/** Looks at the chain that strangers can cause, whether or not a deposit comes of it. */
const READS_PER_SECOND = 50;
/** Deposits' worth of gas below which the owner is warned. */
const GAS_RESERVE = 50n;

/** Warns when the relay account can pay for fewer than fifty more deposits. Silent if the chain does not answer. */
export async function watchGas(context: Context): Promise<void> {
  try {
    const { balance, perDeposit } = await context.chain.gas();
    if (balance >= perDeposit * GAS_RESERVE) return;
    context.warn({
      code: "gas_low",
      message: `The relay account ${context.chain.relay} is low on gas: send it some of ${context.settings.network.name}'s coin, or new readers cannot open channels.`,
    });
  } catch {
    // The next deposit will tell.
  }
}

export function createDeposits(context: Context, channels: Channels): Deposits {
  const { chain, settings, store } = context;
  const limit = rateLimit(WINDOW_MILLISECONDS);
  const reads = rateLimit(1_000);
  const running = new Map<Hex, Promise<Deposited>>();

  /** Why no deposit of this kind is relayed, whatever it says. */
  function unable(channel: Channel) {
    if (!chain.relay) return { refusal: "relay_unavailable" } as const;
    if (findToken(settings.network, channel.token)?.eip3009) return undefined;
    const detail = "This token has no deposits by signature. Send it with your own gas.";
    return { refusal: "relay_unavailable", detail } as const;
  }

  async function objection(id: Hex, channel: Channel, call: Call, amount: bigint, request: Request) {
    const token = findToken(settings.network, channel.token);
    if (token?.dollar && amount < settings.minDeposit) {
      return {
        refusal: "deposit_refused",
        detail: `The least deposit that is relayed here is ${settings.minDeposit} atomic units. No money moved.`,
      } as const;
    }
    const known = await store.channel(id);
    if (known && isEnding(known)) return { refusal: "channel_not_open" } as const;
    // The token checks the payer's signature, by key or by contract, and that the money is there. Before that this may be
    // anyone in the payer's name: it counts against no limit, and the owner is not asked. Rejects with Reverted.
    await chain.simulate(call);
    if (!known) {
      const detail = await channels.mayOpen(id, channel, amount, request);
      if (detail !== undefined) return { refusal: "payer_refused", detail } as const;
    }
    const { perPayer, total } = settings.relayLimits;
    if (!limit.take(channel.payer, perPayer) || !limit.take("all", total)) return { refusal: "rate_limited" } as const;
    return undefined;
  }

  /**
   * Takes the channel into the books as the chain has it. The owner is asked about a payer it has not met; `welcome`
   * says that it just was, before this provider sent the deposit.
   */
  async function bookIt(id: Hex, channel: Channel, request: Request, welcome: boolean): Promise<Deposited> {
    const reading = await channels.read(id);
    if (!reading) return { refusal: "deposit_unconfirmed" };
    if (!welcome && !(await store.channel(id))) {
      const detail = await channels.mayOpen(id, channel, reading.seen.deposit, request);
      if (detail !== undefined) return { refusal: "payer_refused", detail };
    }
    await channels.add(id, channel, reading);
    return {};
  }

  async function relay(id: Hex, channel: Channel, deposit: DepositAuthorization, request: Request): Promise<Deposited> {
    const { amount, validAfter, validBefore, salt, signature } = deposit;
    const call: Call = {
      functionName: "depositWithAuthorization",
      args: [channel, amount, validAfter, validBefore, salt, signature],
    };
    try {
      const cannot = unable(channel);
      if (cannot) return cannot;
      if (!reads.take("all", READS_PER_SECOND)) return { refusal: "rate_limited" };
      if (await chain.authorizationUsed(channel.token, channel.payer, depositNonce(id, salt))) {
        return await bookIt(id, channel, request, false);
      }
      const wrong = await objection(id, channel, call, amount, request);
      if (wrong) return wrong;
      const { hash } = await chain.send(call);
      void watchGas(context);
      const booked = await bookIt(id, channel, request, true);
      return "refusal" in booked ? booked : { transaction: hash };
    } catch (failure) {
      if (failure instanceof Reverted) {
        // Someone else may have relayed the same authorization in between.
        const used = await chain
          .authorizationUsed(channel.token, channel.payer, depositNonce(id, salt))
          .catch(() => false);
        if (used) {
          return await bookIt(id, channel, request, false).catch(() => ({ refusal: "deposit_unconfirmed" as const }));
        }
        return {
          refusal: "deposit_refused",
          detail: `The chain would not take the deposit (${failure.reason}). No money moved.`,
        };
      }
      if (failure instanceof ChainUnavailable) {
        return {
          refusal: "deposit_unconfirmed",
          detail: "The chain does not answer just now. Send the same request again: the deposit is made at most once.",
        };
      }
      throw failure;
    }
  }

  return {
    relay(id, channel, deposit, request) {
      const key = depositNonce(id, deposit.salt);
      const known = running.get(key);
      if (known) return known;
      const work = relay(id, channel, deposit, request).finally(() => running.delete(key));
      running.set(key, work);
      return work;
    },
  };
}
