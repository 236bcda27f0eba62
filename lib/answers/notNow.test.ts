/** Claims about "not now": how far it reaches, what is said of it meanwhile, and what ends it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { load } from "../payment/testing/browser.ts";
import { openScene, type Scene } from "../payment/testing/scene.ts";
import { newDisk, type TestWallet } from "../payment/testing/wallet.ts";
import { siteAnswers } from "./sites.ts";

let scene: Scene;
let wallet: TestWallet;
const site = () => scene.provider.origin;
const page = (name: string) => `${site()}/news/${name}`;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
});
afterEach(() => wallet.kill());

/** Loads a page, says not now to its question, and is left with its 402. */
async function sayNotNow(name: string): Promise<void> {
  const asked = wallet.asked();
  const loading = load(wallet.payments, page(name));
  await wallet.payments.windowClosed(await asked);
  expect(await loading).toMatchObject({ status: 402, paid: false });
}

test("the next wallet is asked where the deleted one was told not now, also after a restart", async () => {
  await sayNotNow("harbour");
  await wallet.payments.forget();
  await sayNotNow("bridge");
  await wallet.payments.forget();
  wallet.kill();
  wallet = await scene.wallet({ disk: wallet.disk });
  await sayNotNow("market");
});

test("asking again asks in the open page too, and in no page of another site", async () => {
  await sayNotNow("harbour");
  const other = "https://other.example";
  const asked = wallet.asked();
  const elsewhere = load(wallet.payments, page("harbour"), { site: other, tabId: 2 });
  await wallet.payments.windowClosed(await asked);
  await elsewhere;
  const { ledger, payments } = wallet;
  const answers = siteAnswers({ ledger, payments } as Parameters<typeof siteAnswers>[0]);
  expect(await answers["site.askAgain"]({ site: site() })).toEqual({ done: true });
  await sayNotNow("bridge");
  expect(await load(payments, page("bridge"), { site: other, tabId: 2 })).toMatchObject({ status: 402 });
  expect(wallet.shown).toHaveLength(3);
});

test("a request that is not asked about leaves word of why", async () => {
  await sayNotNow("harbour");
  expect(await load(wallet.payments, page("bridge"))).toMatchObject({ status: 402, paid: false });
  expect(await wallet.payments.noticeOf(site())).toMatchObject({ reason: "dismissed", url: page("bridge") });
});

test("not now is heard where it cannot be written down", async () => {
  wallet.kill();
  const disk = newDisk();
  const set = async () => {
    throw new RangeError("no room");
  };
  wallet = await scene.wallet({ disk, wrap: (ports) => ({ ...ports, session: { get: ports.session.get, set } }) });
  const asked = wallet.asked();
  const loading = load(wallet.payments, page("harbour"));
  const questionId = await asked;
  const said = wallet.payments.choose({ questionId, revision: 0, offer: 0, choice: { kind: "dismiss" } });
  await expect(said).rejects.toThrow("no room");
  expect(await loading).toMatchObject({ status: 402, paid: false });
  expect((await wallet.ledger.siteSummary(site(), 0)).policy).toMatchObject({ dismissals: 1 });
});
