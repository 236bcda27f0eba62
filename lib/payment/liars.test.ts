/**
 * Providers that say more than is true: one that serves without ever making the deposit loses only its own goods, and
 * one that knows of signatures that the journal does not know ends the use of its channel.
 */
import {
  decodePaymentSignature,
  encodePaymentResponse,
  receiptRef,
  receiptTypedData,
  stateChannelPayloadSchema,
  ZERO_BYTES32,
} from "@tollpass/protocol";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { requireChannel, sign, snapshotOf } from "../channels/ports.ts";
import { stateSigning } from "../schemes/state-channel/sign.ts";
import { freeBalance } from "./index.ts";
import { load } from "./testing/browser.ts";
import { type Answer, type Asked, editOffer } from "./testing/hostile.ts";
import { allow, openScene, PURSE, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

const PRICE = 20_000n;
const receiptKey = generatePrivateKey();
let scene: Scene;
let wallet: TestWallet;
let ahead: number;
const now = () => Date.now() + ahead * 1_000;
const buy = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);
const channel = async () => {
  const [own] = await wallet.ledger.listChannels();
  if (!own) throw new RangeError("a channel was opened");
  return requireChannel(wallet.ledger, own.id);
};
const free = async () => {
  const [token] = scene.network.tokens;
  if (!token) throw new RangeError("the network has a token");
  return freeBalance(wallet.ports, scene.network, token, wallet.address);
};
const settled = () => expect.poll(() => wallet.ledger.unsettled()).toEqual([]);

/** Serves what was asked for under a genuine receipt, and keeps everything that it was given from the chain. */
async function serveOnly({ payment, path, method }: Asked): Promise<Answer | undefined> {
  if (path.startsWith("/.well-known")) return { status: 404, headers: {}, body: "" };
  if (payment === undefined) return undefined;
  const payload = stateChannelPayloadSchema.parse(decodePaymentSignature(payment).payload);
  if (payload.type !== "deposit" && payload.type !== "state") return undefined;
  const { channelId, nonce } = payload.state;
  const url = `${scene.provider.origin}${path}`;
  const ref = receiptRef({ method, url, bodyDigest: ZERO_BYTES32, status: 200 });
  const receipt = { channelId, nonce, charged: PRICE, credited: 0n, ref };
  const contract = { chainId: scene.network.chainId, address: scene.chain.stateChannels };
  const receiptSignature = await privateKeyToAccount(receiptKey).signTypedData(receiptTypedData(contract, receipt));
  const wire = { channelId, nonce: nonce.toString(), charged: PRICE.toString(), credited: "0", ref };
  const extra = { channelId, receipt: wire, receiptSignature };
  return {
    status: 200,
    headers: { "payment-response": encodePaymentResponse({ success: true, extra }) },
    body: `story ${path}`,
  };
}

beforeEach(async () => {
  ahead = 0;
  scene = await openScene({ minDeposit: "$0.01", receiptKey });
  wallet = await scene.wallet({ now });
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  await scene.close();
});

describe("a provider that serves without ever making the deposit", () => {
  test("is paid from a deposit that stays pending, and once that has lapsed on chain all money is free again", async () => {
    scene.provider.tricks.before = serveOnly;
    const allowed = allow(wallet);
    expect(await buy("first")).toMatchObject({ status: 200, paid: true });
    await allowed;
    await settled();
    const { pendingDeposit, ...first } = await channel();
    expect(first).toMatchObject({ status: "open", deposit: 0n, authorized: PRICE });
    expect(pendingDeposit).toMatchObject({ accepted: true });
    const aside = pendingDeposit?.amount ?? 0n;
    expect(aside).toBeGreaterThan(0n);

    expect(await buy("second")).toMatchObject({ status: 200, paid: true });
    await settled();
    expect(await channel()).toMatchObject({ status: "open", deposit: 0n, authorized: 2n * PRICE, pendingDeposit });
    expect(await free()).toBe(PURSE - aside);
    await wallet.payments.reconcile();
    expect(await channel()).toMatchObject({ status: "open", pendingDeposit });

    ahead += 660;
    await scene.chain.advance(660);
    await wallet.payments.reconcile();
    expect(await channel()).toMatchObject({ status: "closed", deposit: 0n, settled: 0n });
    expect((await channel()).pendingDeposit).toBeUndefined();
    expect(await free()).toBe(PURSE);
    expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE);
  });
});

describe("a provider that shows a state with a higher total than the journal knows", () => {
  /** The wallet's state over so much, as an earlier life of it may have signed it; `forged`: somebody else did. */
  async function last(owed: bigint, forged: boolean, ahead = 5n) {
    const known = await channel();
    const { contract } = snapshotOf(known, scene.network.chainId);
    const state = { channelId: known.id, nonce: known.nonce + ahead, owed, earned: known.earned, credited: 0n };
    const signing = stateSigning(contract, known.terms, state);
    const stateSignature = forged
      ? await privateKeyToAccount(generatePrivateKey()).signTypedData(signing.typedData)
      : await sign(wallet.vault, signing);
    const digits = { nonce: state.nonce.toString(), owed: owed.toString(), earned: state.earned.toString() };
    return { state: { ...state, ...digits, credited: "0" }, stateSignature };
  }

  async function refuseWith(shown: object): Promise<void> {
    // The shop's own 402 for a request without payment, with what this provider adds to it.
    const answer = await fetch(`${scene.provider.origin}/news/second`);
    const refusal: Answer = { status: 402, headers: Object.fromEntries(answer.headers), body: await answer.text() };
    delete refusal.headers["content-length"];
    delete refusal.headers["transfer-encoding"];
    editOffer(refusal, {}, { last: shown });
    scene.provider.tricks.before = ({ payment, path }) =>
      payment !== undefined && path === "/news/second" ? refusal : undefined;
  }

  beforeEach(async () => {
    const allowed = allow(wallet);
    await buy("first");
    await allowed;
    await settled();
    await expect.poll(async () => (await channel()).acknowledged, { timeout: 10_000 }).toBe(PRICE);
    await expect.poll(async () => (await channel()).pendingDeposit).toBeUndefined();
  });

  test("under the wallet's own signature: the channel was restored, and nothing more is paid from it", async () => {
    const { id, deposit } = await channel();
    await refuseWith(await last(deposit, false));
    expect(await buy("second")).toMatchObject({ status: 402, paid: true });
    await expect.poll(async () => (await channel()).status).toBe("restored");
    const { nonce, authorized } = await channel();
    scene.provider.tricks = {};
    const sent = scene.provider.payments.length;
    // The budget stands, so the next page is paid from another channel.
    expect(await buy("third")).toMatchObject({ status: 200, paid: true });
    const old = await wallet.ledger.getChannel(id);
    expect(old).toMatchObject({ status: "restored", nonce, authorized });
    const later = scene.provider.payments.slice(sent).map(({ payment }) => payment ?? "");
    expect(later.filter((payment) => JSON.stringify(decodePaymentSignature(payment)).includes(id))).toEqual([]);
  });

  test("under another signature: nothing changes, and the channel goes on", async () => {
    await refuseWith(await last((await channel()).deposit, true));
    expect(await buy("second")).toMatchObject({ status: 402, paid: true });
    await expect.poll(async () => (await wallet.ledger.unsettled())[0]?.state).toBe("unknown");
    expect((await channel()).status).toBe("open");
    scene.provider.tricks = {};
    expect(await buy("third")).toMatchObject({ status: 200, paid: true });
  });

  test("of no more than the journal knows: nothing changes", async () => {
    await refuseWith(await last(PRICE, false, 0n));
    expect(await buy("second")).toMatchObject({ status: 402, paid: true });
    await expect.poll(async () => (await wallet.ledger.unsettled())[0]?.state).toBe("unknown");
    expect((await channel()).status).toBe("open");
  });

  test("of no higher total, but of a number that the journal never gave: the channel was restored too", async () => {
    await refuseWith(await last(PRICE, false));
    expect(await buy("second")).toMatchObject({ status: 402, paid: true });
    await expect.poll(async () => (await channel()).status).toBe("restored");
    expect((await channel()).untrusted).toBeUndefined();
  });
});
