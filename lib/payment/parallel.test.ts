/** Hundreds of 402s at the same moment, against a budget that has room for a few: not one payment more. */
import { decodePaymentSignature } from "@tollpass/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

test("500 parallel 402s against a budget for 20 payments settle exactly 20", async () => {
  const wallet = await scene.wallet();
  const { origin } = scene.provider;
  const [price, room] = [20_000n, 20n];
  // The first question is answered with the budget; whatever asks for more than that is dismissed.
  const allowed = allow(wallet, "$0.40", "$0.02").then(() => {
    const dismiss = async (questionId: string): Promise<void> => {
      void wallet.asked().then(dismiss);
      const revision = wallet.payments.question(questionId)?.revision ?? -1;
      await wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "dismiss" } });
    };
    void wallet.asked().then(dismiss);
  });
  const pages = Array.from({ length: 500 }, (_, n) => `/news/${n}`);
  const seen = await Promise.all(pages.map((page) => load(wallet.payments, `${origin}${page}`)));
  await allowed;
  const paid = seen.filter(({ status }) => status === 200);
  expect(paid).toHaveLength(Number(room));
  expect(paid.every((one) => one.paid)).toBe(true);
  expect(seen.filter(({ status, paid }) => status === 402 && !paid)).toHaveLength(480);

  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  const { payments } = await wallet.ledger.history({ limit: 500 });
  expect(payments.filter(({ state }) => state === "delivered")).toHaveLength(Number(room));
  expect(payments).toHaveLength(Number(room));
  const [grant] = await wallet.ledger.grants();
  expect(grant).toMatchObject({ spent: price * room, left: 0n });
  const [own] = await wallet.ledger.listChannels();
  const theirs = (await scene.shop.payment.channels()).find(({ id }) => id === own?.id);
  expect(theirs?.book.charged).toBe(price * room);
  const nonces = scene.provider.payments.map(
    ({ payment = "" }) => (decodePaymentSignature(payment).payload.state as { nonce: string }).nonce,
  );
  expect(new Set(nonces).size).toBe(nonces.length);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true, findings: [] });
}, 60_000);
