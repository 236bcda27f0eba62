/** Payments that were lost while the clock of the computer ran a year ahead, and was then set right. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeChannel } from "#channels";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

let scene: Scene;
let wallet: TestWallet;
/** How far the clock of the wallet is ahead, in milliseconds. */
let ahead: number;
const page = (name: string) => `${scene.provider.origin}/news/${name}`;

beforeEach(async () => {
  ahead = 0;
  scene = await openScene();
  wallet = await scene.wallet({ now: () => Date.now() + ahead });
  await wallet.vault.setAutoLock(null);
  const allowed = allow(wallet);
  await load(wallet.payments, page("first"));
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  ahead = YEAR;
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  await scene.close();
});

test("one whose end is not known gives its room back a while after, and its channel can be closed", async () => {
  scene.provider.tricks.before = ({ payment, path }) => (payment && path.startsWith("/news") ? "cut" : undefined);
  await expect(load(wallet.payments, page("second"))).rejects.toThrow();
  await expect.poll(async () => (await wallet.ledger.unsettled())[0]?.state).toBe("unknown");
  scene.provider.tricks = {};
  ahead = 0;
  await wallet.payments.reconcile();
  // Its bytes may still be under way.
  expect(await wallet.ledger.unsettled()).toHaveLength(1);
  ahead = 13 * MINUTE;
  await wallet.payments.reconcile();
  expect(await wallet.ledger.unsettled()).toEqual([]);
  const [channel] = await wallet.ledger.listChannels();
  await closeChannel(wallet.ports, channel?.id ?? "0x");
  expect((await wallet.ledger.listChannels()).map(({ status }) => status)).toEqual(["closed"]);
});

test("one whose body broke off is not waited for until that year", async () => {
  await load(wallet.payments, page("second"), { brokenOff: "net::ERR_CONNECTION_RESET" });
  await expect.poll(() => wallet.ledger.awaitingBody()).toHaveLength(1);
  ahead = 0;
  await wallet.payments.reconcile();
  expect(await wallet.ledger.awaitingBody()).toEqual([]);
});
