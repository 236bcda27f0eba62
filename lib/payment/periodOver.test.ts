/** Claims about a budget that does not come back: it is over with its period, and a new yes is a budget of its own. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { openScene, type Scene } from "./testing/scene.ts";
import { PASSWORD } from "./testing/wallet.ts";

const DAY = 86_400_000;
let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());

test("after its day the person is asked once, and the answer holds for the day that begins with it", async () => {
  let ahead = 0;
  const wallet = await scene.wallet({ now: () => Date.now() + ahead });
  const buy = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);
  const answer = async () => {
    const questionId = await wallet.asked();
    const revision = wallet.payments.question(questionId)?.revision ?? -1;
    const choice = { kind: "budget", cap: "$1", period: "day", perRequest: "$0.02", renews: false } as const;
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBeUndefined();
  };
  const first = answer();
  expect(await buy("first")).toMatchObject({ status: 200, paid: true });
  await first;
  ahead = DAY + 60_000;
  await wallet.vault.unlock(PASSWORD);
  const second = answer();
  expect(await buy("second")).toMatchObject({ status: 200, paid: true });
  await second;
  expect(await buy("third")).toMatchObject({ status: 200, paid: true });
  expect(wallet.shown).toHaveLength(2);
  expect(await wallet.ledger.grants()).toMatchObject([{ spent: 40_000n, terms: { renews: false, period: "day" } }]);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});
