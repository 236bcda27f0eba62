/** Claims about what the wallet asks of a channel's server beside payments: each message is signed, and none gives away more than was shown. */
import {
  channelAnswerSchema,
  cooperativeCloseTypedData,
  recoverSigner,
  refundTypedData,
  requestExitTypedData,
  stateChannelPayloadSchema,
  stateTypedData,
  toWireJson,
} from "@tollpass/protocol";
import { describe, expect, test } from "vitest";
import { bytes32, channelOffer, input, NOW, session, signerOf } from "../fixtures.ts";
import type { ChannelSnapshot } from "../scheme.ts";
import {
  ackPlanSchema,
  ackRequest,
  type ChannelRequest,
  closeRequest,
  emptySnapshot,
  exitRequest,
  planAck,
  refundRequest,
  stateChannel,
  unusedDeposit,
} from "./index.ts";

const opening = stateChannel.plan(channelOffer(10_000n), input);
if (opening.kind !== "plan") throw new Error("the first plan opens the channel");
const { plan } = opening;

describe("a message to the channel's server", () => {
  const snapshot: ChannelSnapshot = {
    ...emptySnapshot(plan.contract, plan.channel),
    status: "open",
    deposit: 100_000n,
    nonce: 3n,
    authorized: 30_000n,
    gross: 30_000n,
    credited: 5_000n,
    earned: 25_000n,
  };
  const deadline = NOW + 600;
  const send = async (request: ChannelRequest) => {
    const signature = await signerOf(request.signing).signTypedData(request.signing.typedData);
    expect(request.signing.key).toMatchObject({ kind: "session", address: session.address });
    expect(request.body(signature)).toBe(request.body(signature));
    return stateChannelPayloadSchema.parse(JSON.parse(request.body(signature)));
  };

  test("acknowledges all that was received at price 0, the same after a restart", async () => {
    const ack = planAck(snapshot);
    expect(ack.state).toMatchObject({ nonce: 4n, owed: 25_000n, earned: 25_000n, credited: 5_000n });
    const sent = await send(ackRequest(ack));
    if (sent.type !== "ack") throw new Error(sent.type);
    expect(await recoverSigner(stateTypedData(plan.contract, sent.state), sent.stateSignature)).toBe(session.address);
    const stored = ackPlanSchema.parse(JSON.parse(toWireJson(ack)));
    expect(await send(ackRequest(stored))).toEqual(sent);
  });

  test("closes at what the receipts say, and only once there is a receipt for everything", async () => {
    expect(closeRequest(snapshot, { charged: 25_000n, inFlight: 1, deadline })).toEqual({
      kind: "refuse",
      reason: "receipts_missing",
    });
    const close = closeRequest(snapshot, { charged: 25_000n, inFlight: 0, deadline });
    if (close.kind !== "request") throw new Error(close.reason);
    const sent = await send(close.request);
    if (sent.type !== "close") throw new Error(sent.type);
    expect(sent.close).toEqual({ channelId: snapshot.id, paid: 25_000n, deadline });
    expect(await recoverSigner(cooperativeCloseTypedData(plan.contract, sent.close), sent.closeSignature)).toBe(
      session.address,
    );
  });

  test("asks back what no state can take, and no more", async () => {
    expect(unusedDeposit(snapshot)).toBe(75_000n);
    expect(refundRequest(snapshot, { amount: 75_001n, refundNonce: 0, deadline })).toMatchObject({
      reason: "more_than_unused",
    });
    expect(refundRequest(snapshot, { amount: 0n, refundNonce: 0, deadline })).toMatchObject({
      reason: "nothing_unused",
    });
    const refund = refundRequest(snapshot, { amount: 75_000n, refundNonce: 2, deadline });
    if (refund.kind !== "request") throw new Error(refund.reason);
    const sent = await send(refund.request);
    if (sent.type !== "refund") throw new Error(sent.type);
    expect(await recoverSigner(refundTypedData(plan.contract, sent.refund), sent.signature)).toBe(session.address);
  });

  test("leaves", async () => {
    const sent = await send(exitRequest(snapshot, { deadline }));
    if (sent.type !== "exit") throw new Error(sent.type);
    expect(await recoverSigner(requestExitTypedData(plan.contract, sent.exit), sent.exitSignature)).toBe(
      session.address,
    );
  });

  test("is answered in a form that the protocol knows", () => {
    expect(channelAnswerSchema.safeParse({ channelId: snapshot.id, transaction: bytes32(1) }).success).toBe(true);
  });
});
