/** Payments whose bytes leave right after their reservation: on the disk as sent before anybody can sign them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Vault } from "#vault";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const page = (name: string) => `${scene.provider.origin}/news/${name}`;

/** A wallet with an open channel; `signing` is called before each signature of a state. */
async function walletThatSigns(signing: (states: readonly string[]) => void) {
  let watched = false;
  let marks = 0;
  const wallet = await scene.wallet({
    wrap: (ports) => {
      const signWithSession: Vault["signWithSession"] = async (salt, typedData) => {
        if (watched) signing((await ports.ledger.unsettled()).map(({ state }) => state));
        return ports.vault.signWithSession(salt, typedData);
      };
      const markSent: typeof ports.ledger.markSent = (paymentId, attempt) => {
        if (watched) marks += 1;
        return ports.ledger.markSent(paymentId, attempt);
      };
      return { ...ports, vault: { ...ports.vault, signWithSession }, ledger: { ...ports.ledger, markSent } };
    },
  });
  const allowed = allow(wallet);
  expect(await load(wallet.payments, page("first"))).toMatchObject({ status: 200, paid: true });
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled(), { timeout: 10_000 }).toEqual([]);
  const spent = async () => (await wallet.ledger.grants())[0]?.spent;
  watched = true;
  return { wallet, spent, marks: () => marks };
}

test("what an open channel pays is sent in the journal before it is signed, by the commit that reserved it", async () => {
  const seen: string[] = [];
  const { wallet, marks } = await walletThatSigns((states) => seen.push(...states));
  expect(await load(wallet.payments, page("second"))).toMatchObject({ status: 200, paid: true });
  expect(seen[0]).toBe("sent");
  expect(marks()).toBe(0);
});

test("what cannot be signed after its reservation is given back, and the next payment is made", async () => {
  let broken = true;
  const { wallet, spent } = await walletThatSigns(() => {
    if (!broken) return;
    broken = false;
    throw new Error("no signature today");
  });
  const before = await spent();
  expect(await load(wallet.payments, page("third"))).toMatchObject({ status: 402 });
  expect(await spent()).toBe(before);
  expect(await wallet.ledger.unsettled()).toEqual([]);
  expect(await load(wallet.payments, page("third"))).toMatchObject({ status: 200, paid: true });
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true, findings: [] });
});
