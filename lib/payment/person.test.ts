/** What the person says, and when: unlock, once, never, later, too late. Nothing else is paid than what was said. */
import { decodePaymentSignature } from "@tollpass/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { editOffers } from "./testing/hostile.ts";
import { allow, openScene, questionOf, type Scene } from "./testing/scene.ts";
import { expectUntouched } from "./testing/untouched.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
const page = (path = "/news/harbour") => `${scene.provider.origin}${path}`;
const site = () => scene.provider.origin;
const reason = async () => (await wallet.payments.noticeOf(site()))?.reason;
const untouched = () => expectUntouched(scene, wallet);

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
});
afterEach(() => {
  wallet.kill();
  scene.provider.tricks = {};
  scene.provider.payments.length = 0;
});

describe("the person", () => {
  test("is asked to unlock, and the waiting request goes on", async () => {
    await wallet.vault.lock();
    const asked = wallet.asked();
    const loading = load(wallet.payments, page());
    const id = await asked;
    await wallet.vault.unlock("correct horse");
    wallet.payments.lookAgain();
    const question = await expect
      .poll(() => wallet.payments.question(id))
      .toBeDefined()
      .then(() => wallet.payments.question(id));
    const choice = { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false } as const;
    expect(
      await wallet.payments.choose({ questionId: id, revision: question?.revision ?? 0, offer: 0, choice }),
    ).toBeUndefined();
    expect(await loading).toMatchObject({ status: 200, paid: true });
  });

  test("with a standing budget and a locked wallet needs the password only", async () => {
    const allowed = allow(wallet);
    await load(wallet.payments, page());
    await allowed;
    await wallet.vault.lock();
    const asked = wallet.asked();
    const loading = load(wallet.payments, `${site()}/news/bridge`);
    expect(wallet.payments.question(await asked)?.reason).toEqual({ code: "unlock" });
    expect((await wallet.ledger.grants())[0]?.spent).toBe(20_000n);
    await wallet.vault.unlock("correct horse");
    wallet.payments.lookAgain();
    expect(await loading).toMatchObject({ status: 200, paid: true });
  });

  test("who says once allows nothing to a request that joins the card while the yes is being written down", async () => {
    let held: (() => Promise<void>) | undefined;
    wallet = await scene.wallet({
      wrap: (ports) => {
        const accountsFor: typeof ports.ledger.accountsFor = async (of) => {
          const wait = held;
          held = undefined;
          await wait?.();
          return ports.ledger.accountsFor(of);
        };
        return { ...ports, ledger: { ...ports.ledger, accountsFor } };
      },
    });
    const first = load(wallet.payments, `${site()}/news/a`);
    const question = await questionOf(wallet, first);
    const { id: questionId, revision } = question;
    let second: Promise<unknown> | undefined;
    held = async () => {
      second = load(wallet.payments, `${site()}/news/b`);
      await expect.poll(() => question.items.size).toBe(2);
    };
    const asked = wallet.asked();
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "once" } })).toBeUndefined();
    expect(await first).toMatchObject({ status: 200, paid: true });
    await wallet.payments.windowClosed(await asked);
    expect(await second).toMatchObject({ status: 402, paid: false });
    expect((await wallet.ledger.history({ limit: 5 })).payments).toHaveLength(1);
  });

  test("who says once pays exactly the waiting requests", async () => {
    const pages = ["a", "b"].map((name) => load(wallet.payments, `${site()}/news/${name}`));
    const question = () => wallet.payments.questionsOf(site())[0];
    await expect.poll(() => question()?.items.size).toBe(2);
    const { id: questionId = "", revision = 0 } = question() ?? {};
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "once" } })).toBeUndefined();
    expect((await Promise.all(pages)).map(({ status }) => status)).toEqual([200, 200]);
    const [channel] = await wallet.ledger.listChannels();
    expect(channel).toMatchObject({ authorized: 40_000n });
    const asked = wallet.asked();
    const third = load(wallet.payments, `${site()}/news/c`);
    await wallet.payments.windowClosed(await asked);
    expect(await third).toMatchObject({ status: 402, paid: false });
  });

  test("who clicks on an older card pays nothing", async () => {
    const first = load(wallet.payments, page());
    await expect.poll(() => wallet.payments.questionsOf(site()).length).toBe(1);
    const { id: questionId = "", revision = 0 } = wallet.payments.questionsOf(site())[0] ?? {};
    wallet.payments.lookAgain();
    await expect.poll(() => wallet.payments.question(questionId)?.revision ?? 0).toBeGreaterThan(revision);
    const choice = { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false } as const;
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBe("stale");
    await wallet.payments.windowClosed(questionId);
    expect(await first).toMatchObject({ status: 402, paid: false });
    await untouched();
  });

  test("who says not now to an older card is heard: it allows nothing", async () => {
    const first = load(wallet.payments, page());
    await expect.poll(() => wallet.payments.questionsOf(site()).length).toBe(1);
    const { id: questionId = "", revision = 0 } = wallet.payments.questionsOf(site())[0] ?? {};
    wallet.payments.lookAgain();
    await expect.poll(() => wallet.payments.question(questionId)?.revision ?? 0).toBeGreaterThan(revision);
    const choice = { kind: "dismiss" } as const;
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBeUndefined();
    expect(await first).toMatchObject({ status: 402, paid: false });
    await untouched();
  });

  test.each([
    ["saying so", "dismiss"],
    ["closing the window", "close"],
  ])("who says not now by %s is asked no more by the same page load, also after a restart", async (_what, way) => {
    const asked = wallet.asked();
    const first = load(wallet.payments, page());
    const questionId = await asked;
    const choice = { kind: "dismiss" } as const;
    if (way === "close") await wallet.payments.windowClosed(questionId);
    else await wallet.payments.choose({ questionId, revision: 0, offer: 0, choice });
    expect(await first).toMatchObject({ status: 402, paid: false });
    for (const story of ["bridge", "market"]) {
      expect(await load(wallet.payments, page(`/news/${story}`))).toMatchObject({ status: 402, paid: false });
    }
    expect(wallet.shown).toHaveLength(1);
    wallet.kill();
    wallet = await scene.wallet({ disk: wallet.disk });
    expect(await load(wallet.payments, page("/news/square"))).toMatchObject({ status: 402, paid: false });
    expect(wallet.shown).toEqual([]);
    expect((await wallet.ledger.siteSummary(site(), 0)).policy).toMatchObject({ dismissals: 1 });
    await untouched();
  });

  test.each([
    ["another page that is loaded in the tab", true, 1, "image"],
    ["a document that is asked for itself", false, 1, "main_frame"],
    ["the same site in another tab", false, 2, "image"],
  ] as const)("who said not now is asked by %s", async (_what, navigated, tabId, type) => {
    const asked = wallet.asked();
    const first = load(wallet.payments, page());
    await wallet.payments.windowClosed(await asked);
    await first;
    if (navigated) wallet.payments.navigated(1);
    const next = wallet.asked();
    const second = load(wallet.payments, page("/news/bridge"), { tabId, type });
    await wallet.payments.windowClosed(await next);
    expect(await second).toMatchObject({ status: 402, paid: false });
  });

  test("who answers while further requests are still looking is not asked twice", async () => {
    const asked = wallet.asked();
    const pages = Array.from({ length: 20 }, (_, n) => load(wallet.payments, `${site()}/news/${n}`));
    const questionId = await asked;
    const revision = wallet.payments.question(questionId)?.revision ?? 0;
    const choice = { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false } as const;
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBeUndefined();
    expect((await Promise.all(pages)).filter(({ status }) => status === 200)).toHaveLength(20);
    expect(wallet.shown).toHaveLength(1);
  });

  test("who closes the tab takes its request out of the question", async () => {
    const tab = new AbortController();
    const asked = wallet.asked();
    const loading = load(wallet.payments, page(), { signal: tab.signal });
    const id = await asked;
    tab.abort();
    expect(await loading).toMatchObject({ status: 402, paid: false });
    expect(wallet.payments.question(id)).toBeUndefined();
    await untouched();
  });

  test("who said never, paused, or dismissed three times is not asked", async () => {
    await wallet.ledger.setSitePolicy(site(), { never: true });
    expect(await load(wallet.payments, page())).toMatchObject({ status: 402, paid: false });
    expect(await reason()).toBe("never_here");
    await wallet.ledger.setSitePolicy(site(), { never: false, paused: true });
    await load(wallet.payments, page());
    expect(await reason()).toBe("site_paused");
    await wallet.ledger.setSitePolicy(site(), { paused: false });
    for (const _ of [1, 2, 3]) {
      wallet.payments.navigated(1);
      const asked = wallet.asked();
      const loading = load(wallet.payments, page());
      await wallet.payments.windowClosed(await asked);
      await loading;
    }
    await load(wallet.payments, page());
    expect(await reason()).toBe("site_quiet");
    expect(wallet.shown).toHaveLength(3);
    await untouched();
  });

  test("in a private window leaves no page, site or title in the history, and no notice", async () => {
    const allowed = allow(wallet);
    expect(await load(wallet.payments, page(), { incognito: true })).toMatchObject({ status: 200, paid: true });
    await allowed;
    const { payments } = await wallet.ledger.history({ limit: 5 });
    expect(payments).toMatchObject([
      { site: "", payeeOrigin: "", url: null, title: null, offer: null, incognito: true },
    ]);
    expect(await reason()).toBeUndefined();
  });

  test.each([
    ["the cheap first offer", 0, "20000"],
    ["the dear second offer", 1, "500000"],
  ])("who takes %s signs exactly that one, and exactly it is counted", async (_name, offer, amount) => {
    scene.provider.tricks.after = ({ payment }, answer) => {
      if (payment === undefined) {
        editOffers(answer, (required) => {
          const [cheap = {}] = required.accepts;
          return { ...required, accepts: [cheap, { ...cheap, amount: "500000" }] };
        });
      }
      return undefined;
    };
    const asked = wallet.asked();
    const loading = load(wallet.payments, page());
    const questionId = await asked;
    const question = wallet.payments.question(questionId);
    const shown = [...(question?.items.values() ?? [])][0]?.offers.map((payable) => payable.offer.amount);
    expect(shown).toEqual([20_000n, 500_000n]);
    const revision = question?.revision ?? 0;
    expect(await wallet.payments.choose({ questionId, revision, offer, choice: { kind: "once" } })).toBeUndefined();
    expect(await loading).toMatchObject({ paid: true });
    const { payments } = await wallet.ledger.history({ limit: 5 });
    expect(payments.map((payment) => payment.amount)).toEqual([BigInt(amount)]);
    const sent = scene.provider.payments.filter(({ path }) => path === "/news/harbour");
    const { accepted, payload } = decodePaymentSignature(sent[0]?.payment ?? "");
    expect({ sent: sent.length, accepted: accepted.amount, state: payload.state }).toMatchObject({
      sent: 1,
      accepted: amount,
      state: { owed: amount },
    });
  });

  test("who says once to a cheap card agrees to no dear offer that another waiting request hides", async () => {
    const exactAt = (entry: Record<string, unknown>, amount: string) => ({
      ...entry,
      scheme: "exact",
      amount,
      extra: { name: "USD Coin", version: "2" },
    });
    scene.provider.tricks.after = ({ payment, path }, answer) => {
      if (payment === undefined) {
        editOffers(answer, (required) => {
          const [channel = {}] = required.accepts;
          const accepts = path.endsWith("/first")
            ? [exactAt(channel, "10000")]
            : [{ ...channel, amount: "10000" }, exactAt(channel, "5000000")];
          return { ...required, accepts };
        });
      }
      return undefined;
    };
    const tab = new AbortController();
    const pages = ["/news/first", "/news/second"].map((path) =>
      load(wallet.payments, page(path), { site: scene.provider.origin, signal: tab.signal }),
    );
    await expect.poll(() => wallet.payments.questionsOf(scene.provider.origin).length).toBe(2);
    for (const { id, revision, items } of wallet.payments.questionsOf(scene.provider.origin)) {
      expect([...items.values()].map(({ offers }) => offers[0]?.offer.amount)).toEqual([10_000n]);
      await wallet.payments.choose({ questionId: id, revision, offer: 0, choice: { kind: "once" } });
    }
    tab.abort();
    await Promise.all(pages);
    const { payments } = await wallet.ledger.history({ limit: 5 });
    expect(payments.every(({ amount }) => amount === 10_000n)).toBe(true);
    const grants = await wallet.ledger.walletTotals();
    expect(grants.spent.reduce((sum, { all }) => sum + all, 0n)).toBeLessThanOrEqual(20_000n);
  });
});
