/** What a server can do after it has the payment: forge, overcharge, go silent, ask again. Nobody pays twice for it. */

import { receiptTypedData } from "@tollpass/protocol";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { closeChannel } from "#channels";
import { load } from "./testing/browser.ts";
import { type Answer, editOffer, editResponse } from "./testing/hostile.ts";
import { allow, openScene, PURSE, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
const at = (path: string) => `${scene.provider.origin}${path}`;
const page = () => at("/news/harbour");
const site = () => scene.provider.origin;
const reason = async () => (await wallet.payments.noticeOf(site()))?.reason;
const newest = async () => (await wallet.ledger.history({ limit: 1 })).payments[0];
const spent = async () => (await wallet.ledger.grants())[0]?.spent;
/** Different payments among everything that the server saw for resources. */
const sold = () =>
  new Set(scene.provider.payments.filter(({ path }) => !path.startsWith("/.well-known")).map((p) => p.payment));

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
});
afterEach(async () => {
  scene.provider.tricks = {};
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
  scene.provider.payments.length = 0;
});

async function first(path = "/news/first") {
  const allowed = allow(wallet);
  const got = await load(wallet.payments, at(path));
  await allowed;
  return got;
}

/** Once, for the next answer to a payment of a page. */
const onPaid = (change: (answer: Answer) => ReturnType<NonNullable<Scene["provider"]["tricks"]["after"]>>) => {
  scene.provider.tricks.after = (asked, answer) => {
    if (asked.payment === undefined || asked.path.startsWith("/.well-known")) return undefined;
    scene.provider.tricks.after = undefined as never;
    return change(answer);
  };
};

describe("a receipt", () => {
  const flip = (hex: string, at = hex.length - 1) => {
    const digit = (Number.parseInt(hex[at] ?? "0", 16) ^ 1).toString(16);
    return hex.slice(0, at) + digit + hex.slice(at + 1);
  };
  type Extra = { receipt: Record<string, string>; receiptSignature: string };
  const edited = ({ receipt }: Extra, change: Record<string, string>) => ({ receipt: { ...receipt, ...change } });
  const bits: [string, (extra: Extra) => object][] = [
    ["channel", (extra) => edited(extra, { channelId: flip(extra.receipt.channelId ?? "") })],
    ["nonce", (extra) => edited(extra, { nonce: "9" })],
    ["charge", (extra) => edited(extra, { charged: "19999" })],
    ["credit", (extra) => edited(extra, { credited: "1" })],
    ["reference", (extra) => edited(extra, { ref: flip(extra.receipt.ref ?? "") })],
    ["signature", ({ receiptSignature }) => ({ receiptSignature: flip(receiptSignature, 20) })],
  ];
  test.each(bits)(
    "with one bit of its %s flipped proves nothing: the money stays counted, the payee is paid no more",
    async (_name, change) => {
      await first();
      onPaid((answer) => {
        editResponse(answer, (response) => ({
          ...response,
          extra: { ...response.extra, ...change(response.extra as Extra) },
        }));
        return undefined;
      });
      expect(await load(wallet.payments, page())).toMatchObject({ status: 200, paid: true });
      await expect.poll(reason).toBe("receipt_forged");
      expect(await spent()).toBe(40_000n);
      expect((await wallet.ledger.listChannels())[0]).toMatchObject({
        untrusted: "receipt_forged",
        authorized: 40_000n,
      });
      const count = sold().size;
      expect(await load(wallet.payments, at("/news/next"))).toMatchObject({ status: 402, paid: false });
      expect(await load(wallet.payments, page())).toMatchObject({ status: 402, paid: false });
      expect(sold().size).toBe(count);
    },
  );

  test("that takes more than the price is no receipt, however well it is signed", async () => {
    const receiptKey = generatePrivateKey();
    const greedy = await openScene({ receiptKey });
    const mine = await greedy.wallet();
    const signer = privateKeyToAccount(receiptKey);
    const contract = { chainId: greedy.chain.chainId, address: greedy.chain.stateChannels };
    // Signed ahead of the answer, because a proxy answers in one turn.
    const allowed = allow(mine);
    await load(mine.payments, `${greedy.provider.origin}/news/first`);
    await allowed;
    await expect.poll(async () => (await mine.ledger.listChannels())[0]?.earned).toBe(20_000n);
    const [channel] = await mine.ledger.listChannels();
    if (!channel?.latestReceipt) throw new RangeError("a payment was receipted");
    const forged = { channelId: channel.id, nonce: 2n, charged: 20_001n, credited: 0n, ref: channel.latestReceipt.ref };
    const receiptSignature = await signer.signTypedData(receiptTypedData(contract, forged));
    greedy.provider.tricks.after = (asked, answer) => {
      if (asked.payment === undefined) return undefined;
      const receipt = { ...forged, nonce: "2", charged: "20001", credited: "0" };
      editResponse(answer, (response) => ({ ...response, extra: { ...response.extra, receipt, receiptSignature } }));
      return undefined;
    };
    await load(mine.payments, `${greedy.provider.origin}/news/harbour`);
    await expect.poll(async () => (await mine.ledger.listChannels())[0]?.untrusted).toBeDefined();
    expect((await mine.ledger.listChannels())[0]).toMatchObject({ authorized: 40_000n });
    expect((await mine.ledger.grants())[0]?.spent).toBe(40_000n);
    expect(await mine.ledger.audit()).toMatchObject({ ok: true });
    await greedy.close();
  });

  test("that is missing is fetched, and then counts", async () => {
    await first();
    onPaid((answer) => {
      delete answer.headers["payment-response"];
      return undefined;
    });
    expect(await load(wallet.payments, page())).toMatchObject({ status: 200 });
    await expect.poll(async () => (await newest())?.state, { timeout: 10_000 }).toBe("delivered");
    expect(await spent()).toBe(40_000n);
  });
});

describe("an answer", () => {
  test("of 402 to a payment is final: no loop, no second question, and a reload sends the same bytes", async () => {
    await first();
    scene.provider.tricks.before = (asked) =>
      asked.payment !== undefined && asked.path === "/news/harbour"
        ? { status: 402, headers: {}, body: "again" }
        : undefined;
    expect(await load(wallet.payments, page())).toMatchObject({ status: 402, paid: true });
    await expect.poll(reason).toBe("refused_again");
    expect(await load(wallet.payments, page())).toMatchObject({ status: 402, paid: true });
    await expect.poll(async () => (await newest())?.attempts).toBe(2);
    expect(sold().size).toBe(2);
    expect(await spent()).toBe(40_000n);
    expect(wallet.shown).toHaveLength(1);
  });

  test("of 500 charges nothing and gives the budget back by its receipt", async () => {
    const allowed = allow(wallet);
    expect(await load(wallet.payments, at("/fails"))).toMatchObject({ status: 500, paid: true });
    await allowed;
    await expect.poll(async () => (await newest())?.state).toBe("refused");
    expect(await spent()).toBe(0n);
    expect(await load(wallet.payments, page())).toMatchObject({ status: 200, paid: true });
  });

  test("with a forged word of what is owed changes nothing", async () => {
    await first();
    const [before] = await wallet.ledger.listChannels();
    scene.provider.tricks.before = undefined as never;
    onPaid((answer) => {
      answer.status = 402;
      delete answer.headers["payment-response"];
      return undefined;
    });
    const state = { channelId: before?.id, nonce: "40", owed: "900000", earned: "900000", credited: "0" };
    const last = { state, stateSignature: `0x${"11".repeat(65)}` };
    scene.provider.tricks.before = (asked) => {
      if (asked.payment === undefined || asked.path !== "/news/harbour") return undefined;
      const answer: Answer = { status: 402, headers: { "payment-required": required }, body: "" };
      editOffer(answer, {}, { last });
      return answer;
    };
    const required = (await fetch(page())).headers.get("payment-required") ?? "";
    expect(await load(wallet.payments, page())).toMatchObject({ status: 402, paid: true });
    await expect.poll(async () => (await newest())?.state).toBe("unknown");
    expect((await wallet.ledger.listChannels())[0]).toMatchObject({ nonce: 2n, authorized: 40_000n, status: "open" });
  });

  test.each(["before", "after"] as const)(
    "that is cut %s the server worked is asked for again with the same bytes",
    async (when) => {
      await first();
      if (when === "before") {
        scene.provider.tricks.before = ({ payment }) => (payment === undefined ? undefined : "cut");
      } else onPaid(() => "cut");
      await expect(load(wallet.payments, page())).rejects.toThrow();
      scene.provider.tricks = {};
      expect(await load(wallet.payments, page())).toMatchObject({ status: 200, body: "story harbour", paid: true });
      expect(sold().size).toBe(2);
      expect(await spent()).toBe(40_000n);
      const [channel] = await wallet.ledger.listChannels();
      const theirs = (await scene.shop.payment.channels()).find(({ id }) => id === channel?.id);
      expect(theirs?.book.charged).toBe(40_000n);
    },
  );

  test("that was lost is still there for the page after its receipt was found", async () => {
    await first();
    onPaid(() => "cut");
    await expect(load(wallet.payments, page())).rejects.toThrow();
    await expect.poll(async () => (await newest())?.state, { timeout: 10_000 }).toBe("delivered");
    expect(await load(wallet.payments, page())).toMatchObject({ status: 200, body: "story harbour", paid: true });
    expect(sold().size).toBe(2);
    expect(await spent()).toBe(40_000n);
  });

  test("that is cut in its body is not acknowledged, and served again for free", async () => {
    await first();
    onPaid(() => "cut_in_body");
    await expect(load(wallet.payments, page())).rejects.toThrow();
    await expect.poll(async () => (await newest())?.state).toBe("delivered");
    expect((await wallet.ledger.listChannels())[0]).toMatchObject({ earned: 20_000n });
    expect(await load(wallet.payments, page())).toMatchObject({ status: 200, body: "story harbour" });
    expect(sold().size).toBe(2);
    expect(await spent()).toBe(40_000n);
  });

  test("that never ends keeps no other request waiting, and no channel can be closed under it", async () => {
    await first();
    onPaid((answer) => {
      answer.headers["payment-response"] = "";
      return "endless";
    });
    const endless = load(wallet.payments, page());
    endless.catch(() => undefined);
    await expect.poll(async () => (await newest())?.state).toBe("unknown");
    expect(await load(wallet.payments, at("/news/other"))).toMatchObject({ status: 200, paid: true });
    const [channel] = await wallet.ledger.listChannels();
    if (!channel) throw new RangeError("a channel was opened");
    await expect(closeChannel(wallet.ports, channel.id)).rejects.toMatchObject({ problem: "payments_pending" });
    expect((await wallet.ledger.getChannel(channel.id))?.status).toBe("open");
  });

  test("whose header never left gives the budget back on the browser's own word", async () => {
    await first();
    const answer = await fetch(page());
    const request = { id: "gone", url: page(), method: "GET", type: "xmlhttprequest", tabId: 1, frameId: 0 } as const;
    const header = (name: string) => answer.headers.get(name) ?? undefined;
    const signal = new AbortController().signal;
    const verdict = await wallet.payments.decide({
      ...request,
      site: site(),
      frameOrigins: [site()],
      incognito: false,
      header,
      signal,
    });
    if (verdict.kind !== "pay") throw new RangeError("a budget allows it");
    expect(await spent()).toBe(40_000n);
    wallet.payments.replayed(verdict.paymentId, { kind: "lost", reason: "tab_closed", sent: false });
    await expect.poll(spent).toBe(20_000n);
    expect(await load(wallet.payments, page())).toMatchObject({ status: 200, paid: true });
    expect((await wallet.ledger.listChannels())[0]).toMatchObject({ nonce: 3n, authorized: 40_000n });
  });
});

describe("a deposit", () => {
  test("that was refused travels again with the same authorization", async () => {
    scene.provider.tricks.before = ({ payment }) =>
      payment === undefined ? undefined : { status: 402, headers: {}, body: "not now" };
    expect(await first("/news/harbour")).toMatchObject({ status: 402, paid: true });
    scene.provider.tricks = {};
    const before = await scene.chain.balanceOf(wallet.address);
    expect(before).toBe(PURSE);
    expect(await load(wallet.payments, at("/news/bridge"))).toMatchObject({ status: 200, paid: true });
    const [channel, ...others] = await wallet.ledger.listChannels();
    expect(others).toEqual([]);
    await expect.poll(async () => (await wallet.ledger.listChannels())[0]?.pendingDeposit).toBeUndefined();
    expect((await wallet.ledger.listChannels())[0]?.status).toBe("open");
    expect(await scene.chain.balanceOf(wallet.address)).toBe(
      PURSE - (await wallet.ledger.listChannels()).reduce((sum, c) => sum + c.deposit, 0n),
    );
    expect(channel?.authorized).toBe(40_000n);
  });

  test("that no server relays says what gas is missing, and works with gas, with the same authorization", async () => {
    const alone = await openScene({ relayKey: undefined as never });
    const mine = await alone.wallet();
    const allowed = allow(mine);
    const url = `${alone.provider.origin}/news/harbour`;
    expect(await load(mine.payments, url)).toMatchObject({ status: 402, paid: false });
    await allowed;
    const notice = await mine.payments.noticeOf(alone.provider.origin);
    expect(notice).toMatchObject({ reason: "short_of_gas", have: "0" });
    expect(BigInt(notice?.need ?? 0)).toBeGreaterThan(0n);
    const [opening] = await mine.ledger.listChannels();
    await alone.chain.setGas(mine.address, 10n ** 18n);
    expect(await load(mine.payments, url)).toMatchObject({ status: 200, paid: true });
    const [open, ...others] = await mine.ledger.listChannels();
    expect(others).toEqual([]);
    expect(open?.id).toBe(opening?.id);
    expect(await alone.chain.balanceOf(mine.address)).toBe(PURSE - (open?.deposit ?? 0n));
    await alone.close();
  });

  test("is signed for ten minutes at most, whatever the server asks for", async () => {
    scene.provider.tricks.after = (asked, answer) => {
      if (asked.payment === undefined) editOffer(answer, { maxTimeoutSeconds: 315_360_000 });
      return undefined;
    };
    await first("/news/harbour");
    const plan = JSON.parse(String((await newest())?.plan)) as { deposit: { validBefore: string } };
    expect(Number(plan.deposit.validBefore) - Date.now() / 1000).toBeLessThanOrEqual(600);
  });
});
