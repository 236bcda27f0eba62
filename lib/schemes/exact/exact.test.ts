/** Claims about `exact`: one authorization per request, spoken as @x402/evm speaks it, and believed only with a transaction. */
import {
  decodePaymentSignature,
  encodeHeader,
  encodePaymentResponse,
  recoverSigner,
  transferAuthorizationTypedData,
} from "@tollpass/protocol";
import { toClientEvmSigner } from "@x402/evm";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  account,
  answerWith,
  bytes32,
  exactEntry,
  exactOffer,
  input,
  NOW,
  network,
  PAYEE,
  signAll,
  USDC,
} from "../fixtures.ts";
import {
  authorizationOf,
  decodePlan,
  encodePlan,
  headerOf,
  planPayment,
  reservationOf,
  settlePayment,
  signaturesOf,
} from "../index.ts";

const offer = exactOffer();
function planOf(of = offer, change: Partial<typeof input> = {}) {
  const planned = planPayment(of, { ...input, ...change });
  if (planned.kind !== "plan" || planned.plan.scheme !== "exact") throw new Error(planned.kind);
  return planned.plan;
}
const plan = planOf();
const none = { credited: 0n, uncharged: 0n };

describe("an exact payment", () => {
  test("authorizes the price to the payee for minutes, with a nonce of its own", () => {
    expect(authorizationOf(plan)).toEqual({
      token: { chainId: network.chainId, address: USDC, name: "USDC", version: "2" },
      authorization: {
        from: account.address,
        to: PAYEE,
        value: 10_000n,
        validAfter: 0n,
        validBefore: BigInt(NOW + 300),
        nonce: input.random,
      },
    });
    expect(reservationOf(plan)).toEqual({ amount: 10_000n });
    expect(planOf(exactOffer({ maxTimeoutSeconds: 31_536_000 })).authorization.validBefore).toBe(BigInt(NOW + 600));
  });

  test("says on the wire what the reference client says, and signs the same bytes", async () => {
    const signatures = await signAll(signaturesOf(plan));
    const { name, value } = headerOf(plan, signatures);
    const sent = decodePaymentSignature(value);
    expect(name).toBe("PAYMENT-SIGNATURE");
    expect(sent.accepted).toEqual(exactEntry);
    const reference = await new ExactEvmScheme(toClientEvmSigner(account)).createPaymentPayload(2, exactEntry as never);
    const theirs = reference.payload as { authorization: Record<string, string> };
    const ours = sent.payload as { authorization: Record<string, string>; signature: string };
    expect(Object.keys(ours).sort()).toEqual(Object.keys(reference.payload).sort());
    expect(Object.keys(ours.authorization).sort()).toEqual(Object.keys(theirs.authorization).sort());
    expect(ours.authorization).toMatchObject({
      ...theirs.authorization,
      nonce: input.random,
      validBefore: `${NOW + 300}`,
    });
    const typed = transferAuthorizationTypedData(plan.token, plan.authorization);
    expect(await recoverSigner(typed, ours.signature)).toBe(account.address);
    expect(signaturesOf(plan)).toMatchObject([{ key: { kind: "account", address: account.address } }]);
  });

  test("is the same to the byte after a restart", async () => {
    const stored = decodePlan(encodePlan(plan));
    const signatures = await signAll(signaturesOf(stored));
    expect(signatures).toEqual(await signAll(signaturesOf(plan)));
    expect(headerOf(stored, signatures)).toEqual(headerOf(plan, signatures));
    expect(() => headerOf(plan, {})).toThrow(RangeError);
  });

  test("is refused where budget or balance do not cover it", () => {
    const funds = { leftInBudget: 10_000n, balance: 10_000n, once: false };
    expect(planPayment(offer, { ...input, funds }).kind).toBe("plan");
    expect(planPayment(offer, { ...input, funds: { ...funds, leftInBudget: 9_999n } })).toMatchObject({
      reason: "over_budget",
      need: 10_000n,
      have: 9_999n,
    });
    expect(planPayment(offer, { ...input, funds: { ...funds, balance: 9_999n } })).toMatchObject({
      reason: "insufficient_balance",
    });
  });
});

describe("its answer", () => {
  const settle = (status: number, response: Parameters<typeof encodePaymentResponse>[0]) =>
    settlePayment(plan, answerWith(status, { "payment-response": encodePaymentResponse(response) }), none);
  const success = { success: true, transaction: bytes32(5), network: network.id, payer: account.address };

  test("with a transaction is delivered at the full price", async () => {
    expect(await settle(200, success)).toEqual({ kind: "delivered", charged: 10_000n, transaction: bytes32(5) });
  });

  test("without one leaves the money reserved: the authorization can still be used", async () => {
    expect(await settle(200, { ...success, transaction: "" })).toMatchObject({ kind: "unknown", reason: "no_receipt" });
    expect(await settle(200, { ...success, network: "eip155:1" })).toMatchObject({
      kind: "unknown",
      reason: "no_receipt",
    });
    expect(
      await settle(402, { success: false, errorReason: "insufficient_funds", transaction: "", network: network.id }),
    ).toEqual({
      kind: "unknown",
      reason: "refused_402",
      refusal: "insufficient_funds",
    });
    expect(await settlePayment(plan, answerWith(200), none)).toMatchObject({ reason: "no_receipt" });
    expect(await settlePayment(plan, answerWith(503), none)).toMatchObject({ reason: "server_failed" });
    expect(await settlePayment(plan, undefined, none)).toEqual({ kind: "unknown", reason: "lost_answer" });
  });

  test("of any kind throws nothing", async () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue().map(encodeHeader));
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(200, 402, 500), async (header, status) => {
        expect((await settlePayment(plan, answerWith(status, { "payment-response": header }), none)).kind).toBe(
          "unknown",
        );
      }),
    );
  });
});
