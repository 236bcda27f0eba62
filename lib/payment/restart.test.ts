/** A click that a person made before the background died and that is delivered to the next one: it was for another card. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { editOffer } from "./testing/hostile.ts";
import { openScene, type Scene } from "./testing/scene.ts";
import { expectUntouched } from "./testing/untouched.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
const page = () => `${scene.provider.origin}/news/harbour`;
const BUDGET = { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false } as const;

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

/** The request comes to a question; returns its card as the window has it on the screen. */
async function askedFor(id: string) {
  const asked = wallet.asked();
  const loading = load(wallet.payments, page(), { id });
  const questionId = await asked;
  const revision = wallet.payments.question(questionId)?.revision ?? -1;
  return { questionId, revision, loading };
}

async function restart(): Promise<void> {
  wallet.kill();
  wallet = await scene.wallet({ disk: wallet.disk });
}

test.each([
  ["asks more", true],
  ["asks the same", false],
])("a yes that is delivered after a restart, when the card %s, is stale and pays nothing", async (_what, dearer) => {
  const before = await askedFor("request-1");
  await restart();
  if (dearer) {
    scene.provider.tricks.after = ({ payment }, answer) => {
      if (payment === undefined) editOffer(answer, { amount: "500000" });
      return undefined;
    };
  }
  const after = await askedFor("request-1");
  expect(after.questionId).toBe(before.questionId);
  expect(after.revision).toBeGreaterThan(before.revision);
  for (const choice of [BUDGET, { kind: "once" }, { kind: "never" }] as const) {
    const late = { questionId: before.questionId, revision: before.revision, offer: 0, choice };
    expect(await wallet.payments.choose(late)).toBe("stale");
  }
  expect(await wallet.ledger.grants()).toEqual([]);
  await expectUntouched(scene, wallet);
  // The card that is on the screen now is still there to be answered.
  const { questionId, revision } = after;
  expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "dismiss" } })).toBeUndefined();
  expect(await after.loading).toMatchObject({ status: 402, paid: false });
});

test("a yes that is delivered before anything waits again is for nothing, and the question comes up all the same", async () => {
  const before = await askedFor("request-1");
  await restart();
  const { questionId, revision } = before;
  expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice: BUDGET })).toBe("gone");
  const after = await askedFor("request-1");
  await expectUntouched(scene, wallet);
  expect(
    await wallet.payments.choose({ questionId, revision: after.revision, offer: 0, choice: BUDGET }),
  ).toBeUndefined();
  expect(await after.loading).toMatchObject({ status: 200, paid: true });
  expect((await wallet.ledger.grants()).map(({ spent }) => spent)).toEqual([20_000n]);
});

test("a not now that is delivered after a restart is heard: it allows nothing", async () => {
  const before = await askedFor("request-1");
  await restart();
  const after = await askedFor("request-1");
  const { questionId, revision } = before;
  expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "dismiss" } })).toBeUndefined();
  expect(await after.loading).toMatchObject({ status: 402, paid: false });
  await expectUntouched(scene, wallet);
});
