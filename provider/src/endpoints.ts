/** The channel endpoints below `/.well-known/x402/channels`: receipts to fetch, and what a payer asks to be done. */
import { type Refusal, stateTypedData, verifySignature, ZERO_BYTES32 } from "@tollpass/protocol";
import type { Request, Response } from "express";
import { type Hex, keccak256, stringToBytes } from "viem";
import type { Channels } from "./channels.ts";
import { relayClose, relayRefund, type Settled } from "./closing.ts";
import type { Context } from "./context.ts";
import { answerPreflight, exposePayment, isPreflight } from "./cors.ts";
import { type ForeignLimits, relayExit, relayForeignExit } from "./exits.ts";
import { CHANNELS_PATH, resourceUrl } from "./offer.ts";
import { lastOf, latestReceipt, reserve } from "./payments.ts";
import { ownReceipt, type Presented, readPayment } from "./present.ts";
import { type ProblemCode, sendProblem } from "./problem.ts";
import { rateLimit } from "./rateLimit.ts";

/** Transactions that one channel may ask for per ten minutes. */
const RELAYS_PER_CHANNEL = 10;
/** Exits from channels with other payees per hour. */
const FOREIGN_EXITS = 60;
/** Readings of the chain for such exits per second. */
const FOREIGN_READS = 5;

const RECEIPT = /^\/(0x[0-9a-fA-F]{64})\/(0|[1-9][0-9]{0,19})$/;
const CHANNEL = /^\/(0x[0-9a-fA-F]{64})$/;

const STATUS: Partial<Record<ProblemCode, number>> = {
  invalid_payload: 400,
  accepted_mismatch: 400,
  bad_signature: 403,
  channel_unknown: 404,
  relay_unavailable: 501,
  rate_limited: 429,
  unavailable: 503,
};

export interface Endpoints {
  /** Whether this path belongs to the endpoints. */
  matches(path: string): boolean;
  handle(request: Request, response: Response): Promise<void>;
}

export function createEndpoints(context: Context, channels: Channels): Endpoints {
  const relays = rateLimit(10 * 60_000);
  const foreignExits = rateLimit(3_600_000);
  const foreignReads = rateLimit(1_000);
  const limits: ForeignLimits = {
    mayRead: () => foreignReads.take("all", FOREIGN_READS),
    maySend: () => foreignExits.take("all", FOREIGN_EXITS),
  };

  function refuse(request: Request, response: Response, code: ProblemCode, detail?: string, extra = {}): void {
    const status = STATUS[code] ?? 409;
    if (status === 429 || status === 503) response.setHeader("Retry-After", status === 429 ? "60" : "1");
    sendProblem(request, response, { status, code, detail, extra });
  }

  async function getReceipt(request: Request, response: Response, id: Hex, nonce: bigint): Promise<void> {
    const payment = nonce < 1n << 64n ? await context.store.payment(id, nonce) : undefined;
    // Without the ticket there is no telling a receipt that exists from one that does not.
    if (!payment || payment.phase === "ack" || request.get("authorization") !== `Bearer ${payment.ticket}`) {
      return sendProblem(request, response, { status: 404, code: "receipt_unknown" });
    }
    if (payment.phase === "reserved") {
      response.setHeader("Retry-After", "1");
      return sendProblem(request, response, { status: 404, code: "receipt_pending" });
    }
    send(response, await context.signer.receipt(payment));
  }

  function send(response: Response, body: object): void {
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Content-Type", "application/json; charset=utf-8");
    response.end(JSON.stringify(body, (_key, value) => (typeof value === "bigint" ? value.toString() : value)));
  }

  /** An acknowledgement: a state of price 0. The same one sent again is answered the same. */
  async function acknowledge(request: Request, { id, payload, raw }: Presented): Promise<Refusal | undefined> {
    if (payload.type !== "ack") return "invalid_payload";
    const { state, stateSignature, channel } = payload;
    if (!(await verifySignature(stateTypedData(context.contract, state), stateSignature, channel.payerSigner))) {
      return "bad_signature";
    }
    const found = await channels.find(id, channel, state.owed, request);
    if ("refusal" in found) return found.refusal;
    const digest = keccak256(stringToBytes(raw));
    const outcome = await reserve(context, {
      state,
      signature: stateSignature,
      proof: await ownReceipt(context, id, payload),
      price: 0n,
      digest,
      method: "ACK",
      url: resourceUrl(context.settings, request),
      bodyDigest: ZERO_BYTES32,
    });
    if (outcome.kind === "refused") return outcome.refusal;
    return outcome.kind === "seen" && outcome.payment.digest !== digest ? "nonce_conflict" : undefined;
  }

  async function post(request: Request, response: Response, id: Hex): Promise<void> {
    const reading = await readPayment(context, request);
    if ("wrong" in reading) return refuse(request, response, "invalid_payload", reading.wrong);
    if (reading.id !== id) {
      return refuse(request, response, "invalid_payload", "The message is about another channel than the address.");
    }
    const { payload } = reading;
    if (payload.type === "ack") {
      const refusal = await acknowledge(request, reading);
      if (refusal) {
        const last = refusal === "bad_signature" ? undefined : await lastOf(context, id);
        return refuse(request, response, refusal, undefined, last ? { last } : {});
      }
      return answer(response, id, undefined);
    }
    if (payload.type === "state" || payload.type === "deposit") {
      return refuse(request, response, "invalid_payload", "A payment goes with the request that it pays for.");
    }
    if (!relays.take(id, RELAYS_PER_CHANNEL)) return refuse(request, response, "rate_limited");
    let settled: Settled;
    if (payload.type === "refund") settled = await relayRefund(context, payload);
    else if (payload.type === "close") settled = await relayClose(context, payload);
    else settled = await (reading.foreign ? relayForeignExit(context, payload, limits) : relayExit(context, payload));
    if ("refusal" in settled) {
      const last = settled.refusal === "totals_too_low" ? await lastOf(context, id) : undefined;
      return refuse(request, response, settled.refusal, settled.detail, last ? { last } : {});
    }
    return answer(response, id, settled.transaction);
  }

  async function answer(response: Response, id: Hex, transaction: Hex | undefined): Promise<void> {
    const record = await context.store.channel(id);
    const receipt = record && (await latestReceipt(context, record));
    send(response, { channelId: id, ...(transaction && { transaction }), ...receipt });
  }

  return {
    matches: (path) => path === CHANNELS_PATH || path.startsWith(`${CHANNELS_PATH}/`),
    async handle(request, response) {
      if (context.settings.cors && isPreflight(request)) return answerPreflight(request, response);
      if (context.settings.cors) exposePayment(response);
      const rest = request.path.slice(CHANNELS_PATH.length);
      const receipt = RECEIPT.exec(rest);
      if (receipt && (request.method === "GET" || request.method === "HEAD")) {
        const [, id = "", nonce = ""] = receipt;
        return getReceipt(request, response, id.toLowerCase() as Hex, BigInt(nonce));
      }
      const channel = CHANNEL.exec(rest);
      if (channel && request.method === "POST") {
        return post(request, response, (channel[1] ?? "").toLowerCase() as Hex);
      }
      sendProblem(request, response, { status: channel || receipt ? 405 : 404, code: "method_not_allowed" });
    },
  };
}
