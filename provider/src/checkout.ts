/** A payment at the paywall: checked, its deposit made, reserved in the books, or refused with the reason. */
import {
  type Receipt,
  type Refusal,
  type StateChannelPayload,
  sameOffer,
  stateTypedData,
  verifySignature,
  ZERO_BYTES32,
} from "@tollpass/protocol";
import type { Request } from "express";
import { type Hex, keccak256, stringToBytes } from "viem";
import type { Paid } from "./answer.ts";
import type { Channels } from "./channels.ts";
import type { Context } from "./context.ts";
import type { Deposits } from "./deposits.ts";
import { resourceUrl, sameResource } from "./offer.ts";
import { reserve } from "./payments.ts";
import { ownReceipt, readPayment } from "./present.ts";
import { digestBody } from "./requestBody.ts";
import type { Route } from "./routes.ts";

type Paying = Extract<StateChannelPayload, { type: "state" | "deposit" }>;

type Checkout =
  | { readonly kind: "paid"; readonly paid: Paid }
  /** Paid before, by the same request sent once more. */
  | { readonly kind: "repeated"; readonly paid: Paid }
  /** The nonce belongs to another request. */
  | { readonly kind: "conflict"; readonly paid: Paid }
  /** `channelId` is given if the payment was validly signed: only then may its channel be told about. */
  | {
      readonly kind: "refused";
      readonly refusal: Refusal;
      readonly detail?: string | undefined;
      readonly channelId?: Hex;
    };

export interface CheckoutDesk {
  /**
   * Checks the payment of this request and reserves its price. `ended` must be called when a "paid" one has been
   * served; until then the same payment sent again waits.
   */
  pay(
    request: Request,
    route: Route,
    requirement: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly outcome: Checkout; readonly ended: () => void }>;
}

/** One line in hash input: no part can be read as another. */
const digestOf = (...parts: string[]): Hex => keccak256(stringToBytes(JSON.stringify(parts)));

export function createCheckout(context: Context, channels: Channels, deposits: Deposits): CheckoutDesk {
  const { contract, settings, store } = context;
  /** Payments that are between their arrival and the end of their answer. */
  const underWay = new Map<string, Promise<void>>();

  const refuse = (refusal: Refusal, detail?: string, channelId?: Hex): Checkout => ({
    kind: "refused",
    refusal,
    detail,
    ...(channelId && { channelId }),
  });

  /** What was bought before under this nonce, if anything was. */
  async function before(id: Hex, payload: Paying, digest: Hex): Promise<Checkout | undefined> {
    const payment = await store.payment(id, payload.state.nonce);
    if (!payment) return undefined;
    const paid: Paid = { payment, payer: payload.channel.payer, transaction: undefined };
    return { kind: payment.digest === digest && payment.phase !== "ack" ? "repeated" : "conflict", paid };
  }

  async function buy(
    request: Request,
    route: Route,
    id: Hex,
    payload: Paying,
    bought: { readonly digest: Hex; readonly url: string; readonly proof: Receipt | undefined },
  ): Promise<Checkout> {
    const { state, stateSignature, channel } = payload;
    let transaction: Hex | undefined;
    if (payload.type === "deposit") {
      const deposited = await deposits.relay(id, channel, payload.deposit, request);
      if ("refusal" in deposited) return refuse(deposited.refusal, deposited.detail, id);
      transaction = deposited.transaction;
    }
    const found = await channels.find(id, channel, state.owed, request);
    if ("refusal" in found) return refuse(found.refusal, found.detail, id);
    const outcome = await reserve(context, {
      state,
      signature: stateSignature,
      proof: bought.proof,
      price: route.price,
      digest: bought.digest,
      method: request.method,
      url: bought.url,
      bodyDigest: payload.bodyDigest ?? ZERO_BYTES32,
    });
    switch (outcome.kind) {
      case "refused":
        return refuse(outcome.refusal, undefined, id);
      case "seen":
        return (await before(id, payload, bought.digest)) ?? refuse("nonce_conflict", undefined, id);
      case "accepted":
        return { kind: "paid", paid: { payment: outcome.payment, payer: channel.payer, transaction } };
    }
  }

  async function check(
    request: Request,
    route: Route,
    requirement: Readonly<Record<string, unknown>>,
    hold: (key: string) => Promise<void>,
  ): Promise<Checkout> {
    const reading = await readPayment(context, request);
    if ("wrong" in reading) return refuse(reading.mismatch ? "accepted_mismatch" : "invalid_payload", reading.wrong);
    const { id, payload, accepted, url } = reading;
    if (payload.type !== "state" && payload.type !== "deposit") {
      return refuse(
        "invalid_payload",
        `A message of type ${payload.type} buys nothing: post it to the channel's address.`,
      );
    }
    const { state, stateSignature, channel } = payload;
    if (!(await verifySignature(stateTypedData(contract, state), stateSignature, channel.payerSigner))) {
      return refuse("bad_signature");
    }
    const body = await digestBody(request);
    if (payload.bodyDigest && body.exact && payload.bodyDigest !== body.digest) {
      return refuse(
        "invalid_payload",
        "The body is not the one that the payment was made for. Nothing was charged.",
        id,
      );
    }
    const own = resourceUrl(settings, request);
    const digest = digestOf(reading.raw, request.method, own, body.digest);
    await hold(`${id}/${state.nonce}`);
    // Before anything that may have changed since the first time: what was paid once is not asked about again.
    const earlier = await before(id, payload, digest);
    if (earlier) return earlier;
    if (!sameOffer(accepted, requirement) || channel.token !== route.token.address || !sameResource(url, own)) {
      return refuse("accepted_mismatch", undefined, id);
    }
    return buy(request, route, id, payload, { digest, url, proof: await ownReceipt(context, id, payload) });
  }

  return {
    async pay(request, route, requirement) {
      let ended = () => {};
      /** Waits for its turn among requests with this nonce, and takes it. */
      const hold = async (key: string) => {
        for (let other = underWay.get(key); other; other = underWay.get(key)) await other;
        const { promise, resolve } = Promise.withResolvers<void>();
        underWay.set(key, promise);
        ended = () => {
          underWay.delete(key);
          resolve();
        };
      };
      try {
        const outcome = await check(request, route, requirement, hold);
        if (outcome.kind !== "paid") ended();
        return { outcome, ended };
      } catch (failure) {
        ended();
        throw failure;
      }
    },
  };
}
