/** Claims about what an answer proves, and about the messages that follow: nothing is believed that is not signed. */
import {
  encodeHeader,
  encodePaymentRequired,
  encodePaymentResponse,
  stateTypedData,
  toWireJson,
} from "@tollpass/protocol";
import fc from "fast-check";
import type { Hex } from "viem";
import { describe, expect, test } from "vitest";
import {
  answerWith,
  bytes32,
  channelEntry,
  channelOffer,
  input,
  paidAnswer,
  provider,
  receiptFor,
  session,
  stranger,
  URL_ASKED,
} from "../fixtures.ts";
import { settlePayment } from "../index.ts";
import type { ChannelSnapshot, SettleContext } from "../scheme.ts";
import { adoptLast, emptySnapshot, receiptUrl, settleFetchedReceipt, stateChannel } from "./index.ts";

const PRICE = 10_000n;
const opening = stateChannel.plan(channelOffer(PRICE), input);
if (opening.kind !== "plan") throw new Error("the first plan opens the channel");
const { plan } = opening;
const fresh: SettleContext = { credited: 0n, uncharged: 0n };
const settle = async (...args: Parameters<typeof receiptFor> extends [unknown, ...infer R] ? R : never) =>
  settlePayment(plan, paidAnswer(await receiptFor(plan, ...args), args[1] ?? 200), fresh);

/** The body that the receipt's address gives. */
const fetched = ({ receipt, signature }: Awaited<ReturnType<typeof receiptFor>>) =>
  JSON.parse(toWireJson({ receipt, receiptSignature: signature }));

describe("an answer with a good receipt", () => {
  test("proves what was charged", async () => {
    const outcome = await settle();
    expect(outcome).toMatchObject({
      kind: "delivered",
      charged: PRICE,
      receipt: { nonce: 1n, charged: PRICE, credited: 0n },
    });
    expect(await settle({ charged: 4_000n, credited: 6_000n })).toMatchObject({ kind: "delivered", charged: 4_000n });
  });

  test("of nothing proves that nothing was taken, whatever the status", async () => {
    for (const status of [200, 402, 500]) {
      const outcome = await settle({ charged: 0n, credited: PRICE }, status);
      expect(outcome).toMatchObject({ kind: "not_charged", receipt: { charged: 0n } });
    }
  });

  test("may name another status than the browser saw: caches, servers in between and broken streams change it", async () => {
    for (const named of [0, 200, 206, 304, 404]) {
      const signed = await receiptFor(plan, {}, named);
      expect(await settlePayment(plan, paidAnswer(signed), fresh)).toMatchObject({ kind: "delivered" });
    }
  });

  test("of another nonce, or of an earlier channel, as a cache may show it, proves nothing and is no lie", async () => {
    expect(await settle({ nonce: 2n })).toEqual({ kind: "unknown", reason: "no_receipt" });
    expect(await settle({ channelId: bytes32(1) })).toEqual({ kind: "unknown", reason: "no_receipt" });
  });

  test("to bytes that went out before may name the status of an answer that never arrived", async () => {
    const signed = await receiptFor(plan, {}, 200);
    for (const status of [206, 409]) {
      const answer = { ...paidAnswer(signed), status };
      expect(await settlePayment(plan, answer, { ...fresh, resent: true })).toMatchObject({ kind: "delivered" });
    }
  });

  test("beside a 409 to the first attempt is about something else that the nonce was used for", async () => {
    const answer = { ...paidAnswer(await receiptFor(plan)), status: 409 };
    expect(await settlePayment(plan, answer, fresh)).toMatchObject({ kind: "unknown" });
  });
});

describe("a receipt is a lie", () => {
  const cheated = (reason: string) => ({ kind: "cheated", reason });

  test("if another key signed it", async () => {
    expect(await settle({}, 200, stranger)).toEqual(cheated("receipt_forged"));
    expect(await settle({}, 200, session)).toEqual(cheated("receipt_forged"));
  });

  test("if one bit of it is flipped", async () => {
    const { receipt, signature } = await receiptFor(plan);
    const digits = signature.slice(2);
    for (let at = 0; at < digits.length; at += 13) {
      const flipped = (Number.parseInt(digits[at] ?? "0", 16) ^ 1).toString(16);
      const forged = { receipt, signature: `0x${digits.slice(0, at)}${flipped}${digits.slice(at + 1)}` as Hex };
      expect(await settlePayment(plan, paidAnswer(forged), fresh)).toEqual(cheated("receipt_forged"));
    }
    const more = { receipt: { ...receipt, charged: receipt.charged - 1n }, signature };
    expect(await settlePayment(plan, paidAnswer(more), fresh)).toEqual(cheated("receipt_forged"));
  });

  test("if it is of another request", async () => {
    expect(await settle({ ref: bytes32(1) })).toEqual(cheated("receipt_of_other_request"));
  });

  test("if it takes more than the price", async () => {
    expect(await settle({ charged: PRICE + 1n })).toEqual(cheated("receipt_overcharged"));
  });

  test("if it does not give back what was not charged, alone or with those before", async () => {
    expect(await settle({ charged: 4_000n, credited: 5_999n })).toEqual(cheated("receipt_uncredited"));
    const signed = await receiptFor(plan, { charged: 4_000n, credited: 6_000n });
    const weigh = (context: SettleContext) => settlePayment(plan, paidAnswer(signed), context);
    expect(await weigh({ credited: 100n, uncharged: 1n })).toEqual(cheated("receipt_uncredited"));
    expect(await weigh({ credited: 6_001n, uncharged: 1n })).toMatchObject({ kind: "delivered" });
  });

  test("if it contradicts the receipt of the same nonce", async () => {
    const held = { nonce: 1n, charged: 4_000n, credited: 6_000n, ref: bytes32(0), signature: "0x" } as const;
    const weighed = async (charged: bigint, credited: bigint) =>
      settlePayment(plan, paidAnswer(await receiptFor(plan, { charged, credited })), {
        credited: 6_000n,
        uncharged: 0n,
        held,
      });
    expect(await weighed(4_001n, 7_000n)).toEqual(cheated("receipt_overcharged"));
    expect(await weighed(3_000n, 6_000n)).toEqual(cheated("receipt_overcharged"));
    // A credit note, the same again, and an earlier one that comes late.
    expect(await weighed(3_000n, 7_000n)).toMatchObject({ kind: "delivered", charged: 3_000n });
    expect(await weighed(4_000n, 6_000n)).toMatchObject({ kind: "delivered", charged: 4_000n });
    expect(await weighed(5_000n, 5_000n)).toMatchObject({ kind: "delivered", charged: 4_000n });
  });
});

describe("a receipt of another request under this nonce", () => {
  const about = (change: Partial<typeof plan>) => receiptFor({ ...plan, ...change });
  const others = {
    "by another method": about({ method: "POST" }),
    "of another address": about({ resource: { ...plan.resource, url: `${plan.resource.url}/other` } }),
    "with another body": about({ bodyDigest: bytes32(7) }),
    "of no request at all": receiptFor(plan, { ref: bytes32(1) }),
  };

  test.each(Object.entries(others))("%s proves no delivery, also where the answer was lost", async (_what, given) => {
    const signed = await given;
    const weigh = (status: number | undefined, context = fresh) =>
      settleFetchedReceipt(plan, fetched(signed), status, context);
    // The answer may have been the 409 that an honest server gives a wallet which forgot that it used the nonce.
    expect(await weigh(undefined)).toEqual({ kind: "unknown", reason: "nonce_used" });
    expect(await weigh(undefined, { ...fresh, resent: true })).toEqual({ kind: "unknown", reason: "nonce_used" });
    expect(await weigh(409)).toEqual({ kind: "unknown", reason: "nonce_used" });
    expect(await weigh(200)).toEqual({ kind: "cheated", reason: "receipt_of_other_request" });
  });

  test("is a lie beside an answer to bytes that went out before, unless that is a 409", async () => {
    const last = { state: plan.state, stateSignature: (await receiptFor(plan)).signature };
    const { receipt, signature } = await others["of another address"];
    const extra = { channelId: receipt.channelId, receipt, receiptSignature: signature, last };
    const response = encodePaymentResponse({ success: false, extra: JSON.parse(toWireJson(extra)) });
    const weigh = (status: number) =>
      settlePayment(plan, answerWith(status, { "payment-response": response }), { ...fresh, resent: true });
    expect(await weigh(200)).toEqual({ kind: "cheated", reason: "receipt_of_other_request" });
    expect(await weigh(409)).toEqual({ kind: "unknown", reason: "nonce_used", last });
  });
});

describe("an answer without a receipt proves nothing", () => {
  test("whatever its status", async () => {
    const unknown = (status?: number) =>
      settlePayment(plan, status === undefined ? undefined : answerWith(status), fresh);
    expect(await unknown()).toEqual({ kind: "unknown", reason: "lost_answer" });
    expect(await unknown(200)).toEqual({ kind: "unknown", reason: "no_receipt" });
    expect(await unknown(404)).toEqual({ kind: "unknown", reason: "no_receipt" });
    expect(await unknown(402)).toMatchObject({ kind: "unknown", reason: "refused_402" });
    expect(await unknown(500)).toEqual({ kind: "unknown", reason: "server_failed" });
  });

  test("also if it claims success", async () => {
    const header = encodePaymentResponse({
      success: true,
      transaction: bytes32(1),
      extra: { channelId: plan.state.channelId },
    });
    expect(await settlePayment(plan, answerWith(200, { "payment-response": header }), fresh)).toEqual({
      kind: "unknown",
      reason: "no_receipt",
    });
  });

  test("and whatever its headers are, nothing is thrown", async () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue().map(encodeHeader));
    await fc.assert(
      fc.asyncProperty(text, text, fc.constantFrom(200, 402, 500), async (response, required, status) => {
        const answer = answerWith(status, { "payment-response": response, "payment-required": required });
        expect((await settlePayment(plan, answer, fresh)).kind).toBe("unknown");
      }),
    );
  });

  test("but its receipt can be fetched later, with or without the status known", async () => {
    const body = fetched(await receiptFor(plan));
    expect(receiptUrl(plan)).toBe(`https://toll.example/.channels/${plan.state.channelId}/1`);
    expect(await settleFetchedReceipt(plan, body, undefined, fresh)).toMatchObject({
      kind: "delivered",
      charged: PRICE,
    });
    expect(await settleFetchedReceipt(plan, body, 200, fresh)).toMatchObject({ kind: "delivered" });
    expect(await settleFetchedReceipt(plan, body, 500, fresh)).toMatchObject({ kind: "delivered" });
    // Whatever a server answers, and 0 where it broke off: an honest one is believed though nobody saw it.
    for (const named of [0, 100, 206, 304, 404, 503, 599, 999]) {
      const unseen = fetched(await receiptFor(plan, {}, named));
      expect(await settleFetchedReceipt(plan, unseen, undefined, fresh)).toMatchObject({ kind: "delivered" });
    }
    for (const wrong of [null, {}, [], "x", { receipt: body.receipt }]) {
      expect(await settleFetchedReceipt(plan, wrong, 200, fresh)).toEqual({ kind: "unknown", reason: "no_receipt" });
    }
  });
});

describe("what a server says of the channel", () => {
  const snapshot: ChannelSnapshot = {
    ...emptySnapshot(plan.contract, plan.channel),
    status: "open",
    deposit: 100_000n,
    nonce: 3n,
    authorized: 30_000n,
    gross: 20_000n,
  };
  const state = (nonce: bigint, owed: bigint) => ({ channelId: snapshot.id, nonce, owed, earned: 0n, credited: 0n });
  const signedLast = async (nonce: bigint, owed: bigint, signer = session) => ({
    state: state(nonce, owed),
    stateSignature: await signer.signTypedData(stateTypedData(plan.contract, state(nonce, owed))),
  });

  test("arrives with its refusal", async () => {
    const last = await signedLast(3n, 30_000n);
    const extra = { ...channelEntry.extra, last: JSON.parse(toWireJson(last)) };
    const header = encodePaymentRequired({
      x402Version: 2,
      error: "ack_required",
      resource: { url: URL_ASKED },
      accepts: [{ scheme: "exact" }, { ...channelEntry, extra }],
    });
    const outcome = await settlePayment(plan, answerWith(402, { "payment-required": header }), fresh);
    expect(outcome).toEqual({ kind: "unknown", reason: "refused_402", refusal: "ack_required", last });
  });

  test("counts only with the reader's own signature on it", async () => {
    expect(await adoptLast(snapshot, await signedLast(9n, 90_000n, provider))).toBeUndefined();
    expect(await adoptLast(snapshot, await signedLast(9n, 90_000n, stranger))).toBeUndefined();
    const other = { ...(await signedLast(9n, 90_000n)), state: state(9n, 90_001n) };
    expect(await adoptLast(snapshot, other)).toBeUndefined();
  });

  test("never lowers a total, and what it raises counts as spent", async () => {
    expect(await adoptLast(snapshot, await signedLast(2n, 20_000n))).toMatchObject({
      forgotten: false,
      nonce: 3n,
      authorized: 30_000n,
      gross: 20_000n,
    });
    expect(await adoptLast(snapshot, await signedLast(7n, 70_000n))).toMatchObject({
      forgotten: true,
      nonce: 7n,
      authorized: 70_000n,
      gross: 70_000n,
    });
  });

  test("brings a receipt only if the provider signed it", async () => {
    const { receipt, signature } = await receiptFor(plan);
    const last = { ...(await signedLast(3n, 30_000n)), receipt, receiptSignature: signature };
    expect((await adoptLast(snapshot, last))?.receipt).toMatchObject({ nonce: 1n, charged: PRICE });
    expect((await adoptLast(snapshot, { ...last, receipt: { ...receipt, credited: 1n } }))?.receipt).toBeUndefined();
  });
});
