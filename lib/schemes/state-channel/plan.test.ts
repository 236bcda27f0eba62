/** Claims about what is planned and signed for one request, and that the bytes are the same after any restart. */
import { recoverTypedSignature, SignTypedDataVersion } from "@metamask/eth-sig-util";
import {
  decodePaymentSignature,
  depositNonce,
  receiveAuthorizationTypedData,
  recoverSigner,
  stateChannelPayloadSchema,
  stateTypedData,
  toWireJson,
} from "@tollpass/protocol";
import { describe, expect, test } from "vitest";
import {
  account,
  bytes32,
  channelOffer,
  input,
  NOW,
  network,
  receiptFor,
  session,
  settings,
  signAll,
  stranger,
} from "../fixtures.ts";
import { decodePlan, encodePlan, headerOf, reservationOf, signaturesOf } from "../index.ts";
import type { ChannelSnapshot, Funds, PlanInput, Planned } from "../scheme.ts";
import { type ChannelPlan, depositOf, emptySnapshot, nextState, stateChannel } from "./index.ts";

const PRICE = 10_000n;
const offer = channelOffer(PRICE);

function planned(result: Planned<ChannelPlan>): ChannelPlan {
  if (result.kind !== "plan") throw new Error(JSON.stringify(result, (_key, value) => String(value)));
  return result.plan;
}
const plan = (change: Partial<PlanInput> = {}, of = offer) => stateChannel.plan(of, { ...input, ...change });
const first = planned(plan());
const deposit = first.deposit;
if (!deposit) throw new Error("the first payment opens the channel");

const open = (change: Partial<ChannelSnapshot> = {}): ChannelSnapshot => ({
  ...emptySnapshot(first.contract, first.channel),
  status: "open",
  deposit: 500_000n,
  nonce: 1n,
  authorized: PRICE,
  gross: PRICE,
  earned: PRICE,
  ...change,
});
const funds = (change: Partial<Funds>): Funds => ({
  leftInBudget: 1_000_000n,
  balance: 5_000_000n,
  once: false,
  ...change,
});

describe("the first payment", () => {
  test("opens the channel with the wallet's own deposit and pays with the same header", () => {
    expect(first).toMatchObject({ opens: true, price: PRICE, gross: PRICE });
    expect(first.channel).toMatchObject({
      payer: account.address,
      payerSigner: session.address,
      payee: offer.offer.payTo,
    });
    expect(first.state).toMatchObject({ nonce: 1n, owed: PRICE, earned: 0n, credited: 0n });
    expect(deposit).toMatchObject({
      amount: 500_000n,
      validAfter: 0n,
      validBefore: BigInt(NOW + 60),
      salt: input.random,
    });
    expect(reservationOf(first)).toEqual({
      amount: PRICE,
      channel: {
        id: first.state.channelId,
        nonce: 1n,
        authorized: PRICE,
        gross: PRICE,
        earned: 0n,
        deposit,
        opens: true,
      },
    });
  });

  test("is signed by the session key and, for the deposit alone, by the account", async () => {
    const requests = signaturesOf(first);
    expect(requests.map(({ slot, key }) => [slot, key.kind])).toEqual([
      ["state", "session"],
      ["deposit", "account"],
    ]);
    const sent = stateChannelPayloadSchema.parse(
      decodePaymentSignature(headerOf(first, await signAll(requests)).value).payload,
    );
    if (sent.type !== "deposit") throw new Error(`sent ${sent.type}`);
    expect(await recoverSigner(stateTypedData(first.contract, sent.state), sent.stateSignature)).toBe(session.address);
    const authorization = {
      from: account.address,
      to: first.contract.address,
      value: sent.deposit.amount,
      validAfter: sent.deposit.validAfter,
      validBefore: sent.deposit.validBefore,
      nonce: depositNonce(sent.state.channelId, sent.deposit.salt),
    };
    expect(depositOf(first)?.authorization).toEqual(authorization);
    const typed = receiveAuthorizationTypedData(deposit.token, authorization);
    expect(await recoverSigner(typed, sent.deposit.signature)).toBe(account.address);
    for (const { slot, key, typedData } of requests) {
      const data = JSON.parse(toWireJson(typedData));
      data.types.EIP712Domain = [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ];
      const signature = slot === "state" ? sent.stateSignature : sent.deposit.signature;
      const signer = recoverTypedSignature({ data, signature, version: SignTypedDataVersion.V4 });
      expect(signer).toBe(key.address.toLowerCase());
    }
  });

  test("waits for nothing signed: without a relay or an authorization the reader's own transaction comes first", () => {
    const result = plan({}, channelOffer(PRICE, { relay: false }));
    expect(result).toMatchObject({ kind: "fund", amount: 500_000n, contract: first.contract, channel: first.channel });
    const opening = {
      ...open({ deposit: 0n, nonce: 0n, authorized: 0n, gross: 0n, earned: 0n }),
      status: "opening",
    } as const;
    expect(plan({ channel: opening }, channelOffer(PRICE, { relay: false }))).toEqual({
      kind: "wait",
      reason: "opening",
    });
  });

  test("is refused without funds or a session key of its own", () => {
    expect(plan({ funds: undefined })).toMatchObject({ kind: "refuse", reason: "deposit_not_allowed" });
    expect(plan({ newChannel: undefined })).toMatchObject({ kind: "refuse", reason: "channel_unusable" });
    const same = { salt: bytes32(1), payerSigner: offer.terms.payeeSigner };
    expect(plan({ newChannel: same })).toMatchObject({ kind: "refuse", reason: "channel_unusable" });
  });
});

describe("a deposit that is not confirmed", () => {
  const pendingDeposit = {
    amount: deposit.amount,
    validAfter: 0n,
    validBefore: deposit.validBefore,
    salt: deposit.salt,
  };
  const opening = open({ status: "opening", deposit: 0n, earned: 0n, pendingDeposit });

  test("holds back all other payments of a channel that is opening", () => {
    expect(plan({ channel: opening })).toEqual({ kind: "wait", reason: "opening" });
  });

  test("is retried with the very same authorization, never with another", () => {
    const again = planned(plan({ channel: opening, retryDeposit: true, random: bytes32(99) }));
    expect(again.deposit).toEqual(deposit);
    expect(depositOf(again)).toEqual(depositOf(first));
    expect(again.state.nonce).toBe(2n);
    expect(plan({ channel: opening, retryDeposit: true, now: NOW + 31 })).toEqual({ kind: "wait", reason: "opening" });
  });

  test("gives way to a new one once it is void", () => {
    const again = planned(plan({ channel: { ...opening, pendingDeposit: undefined }, random: bytes32(99) }));
    expect(again).toMatchObject({ opens: true, deposit: { salt: bytes32(99) } });
  });

  test("of a top-up lets pass what the channel still covers, and no more", () => {
    const channel = open({ deposit: 2n * PRICE, pendingDeposit });
    expect(planned(plan({ channel })).deposit).toBeUndefined();
    expect(plan({ channel: { ...channel, deposit: 2n * PRICE - 1n } })).toEqual({ kind: "wait", reason: "top_up" });
  });
});

describe("a payment from an open channel", () => {
  test("takes the next nonce and adds its price to what is owed", () => {
    const next = planned(plan({ channel: open() }));
    expect(next).toMatchObject({ opens: false, gross: 2n * PRICE });
    expect(next.deposit).toBeUndefined();
    expect(next.state).toMatchObject({ nonce: 2n, owed: 2n * PRICE, earned: PRICE, credited: 0n });
  });

  test("repeats the credit and owes that much less", () => {
    const { state } = nextState(open({ credited: 4_000n, earned: 6_000n }), PRICE);
    expect(state).toMatchObject({ owed: 16_000n, credited: 4_000n, earned: 6_000n });
  });

  test("never acknowledges more than it owes, also where a credit note got lost", () => {
    const { state } = nextState(open({ authorized: 20_000n, gross: 20_000n, credited: 15_000n, earned: 10_000n }), 1n);
    expect(state).toMatchObject({ owed: 5_001n, earned: 5_001n });
  });

  test("waits where more would be in flight than the tail cap", () => {
    const behind = open({ authorized: 9n * PRICE, gross: 9n * PRICE, earned: PRICE });
    expect(plan({ channel: behind })).toEqual({ kind: "wait", reason: "tail" });
    expect(plan({ channel: { ...behind, earned: 2n * PRICE } }).kind).toBe("plan");
    expect(plan({ channel: behind, tailCap: 9n * PRICE }).kind).toBe("plan");
    // Room of an abandoned request adds nothing to what is at stake, so it may always be used.
    expect(plan({ channel: { ...behind, gross: 8n * PRICE } }).kind).toBe("plan");
  });

  test("is never made of a channel that is leaving, restored, or of another offer", () => {
    for (const status of ["exiting", "closing", "closed", "restored"] as const) {
      expect(plan({ channel: open({ status }) })).toMatchObject({ kind: "refuse", reason: "channel_unusable" });
    }
    for (const change of [
      { payee: stranger.address },
      { payeeSigner: stranger.address },
      { token: stranger.address },
    ]) {
      const channel = open({ channel: { ...first.channel, ...change } });
      expect(plan({ channel })).toMatchObject({ kind: "refuse", reason: "channel_unusable" });
    }
    const elsewhere = open({ contract: { ...first.contract, chainId: 8453 } });
    expect(plan({ channel: elsewhere })).toMatchObject({ kind: "refuse", reason: "channel_unusable" });
  });

  test("that the channel does not cover comes with a top-up within budget, or is refused with need and have", () => {
    const channel = open({ deposit: 15_000n });
    const topUp = planned(plan({ channel }));
    expect(topUp.deposit?.amount).toBe((1_000_000n - 5_000n) / 2n);
    expect(topUp).toMatchObject({ opens: false, state: { owed: 20_000n } });
    expect(planned(plan({ channel, funds: funds({ once: true }) })).deposit?.amount).toBe(5_000n);
    expect(plan({ channel, funds: undefined })).toMatchObject({
      reason: "deposit_not_allowed",
      need: 20_000n,
      have: 15_000n,
    });
    expect(plan({ channel, funds: funds({ balance: 4_999n }) })).toMatchObject({
      reason: "insufficient_balance",
      need: 5_000n,
    });
    expect(plan({ channel, funds: funds({ leftInBudget: 9_999n }) })).toMatchObject({ reason: "over_budget" });
  });

  test("carries the latest receipt for a server that asks for it", async () => {
    const signed = await receiptFor(first);
    const next = planned(plan({ channel: open(), proof: signed }));
    const { payload } = decodePaymentSignature(headerOf(next, await signAll(signaturesOf(next))).value);
    expect(stateChannelPayloadSchema.parse(payload)).toMatchObject({
      receipt: signed.receipt,
      receiptSignature: signed.signature,
    });
  });
});

describe("the bytes", () => {
  test("are the same from the plan and from the journal, whatever the order of keys", async () => {
    const turned = Object.fromEntries(Object.entries(first.channel).reverse()) as typeof first.channel;
    for (const one of [
      first,
      planned(plan({ channel: open() })),
      planned(plan({ facts: { ...input.facts, bodyDigest: bytes32(7) } })),
    ]) {
      const signatures = await signAll(signaturesOf(one));
      const stored = decodePlan(encodePlan({ ...one, channel: turned }));
      expect(stored).toEqual(decodePlan(encodePlan(one)));
      expect(await signAll(signaturesOf(stored))).toEqual(signatures);
      expect(headerOf(stored, signatures)).toEqual(headerOf(one, signatures));
      expect(headerOf({ ...one, channel: turned }, signatures)).toEqual(headerOf(one, signatures));
    }
  });

  test("are not made without a signature", () => {
    expect(() => headerOf(first, {})).toThrow(RangeError);
  });

  test("of a damaged journal are not made at all", () => {
    const text = encodePlan(first);
    for (const [from, to] of [
      ['"nonce":"1"', '"nonce":1'],
      ['"owed":"10000"', '"owed":"-1"'],
      ["state-channel", "exact"],
      ["{", ""],
    ]) {
      expect(() => decodePlan(text.replace(from ?? "", to ?? "")), from).toThrow();
    }
  });

  test("in the journal hold amounts as digits", () => {
    expect(JSON.parse(encodePlan(first)).state).toEqual({
      channelId: first.state.channelId,
      nonce: "1",
      owed: "10000",
      earned: "0",
      credited: "0",
    });
  });
});

test("the pinned contract is the one that is signed for", () => {
  expect(first.contract).toEqual({ chainId: network.chainId, address: settings.networks[0]?.stateChannels?.address });
});
