/** The claim that a refusal cost nothing at all. */
import { expect } from "vitest";
import { PURSE, type Scene } from "./scene.ts";
import type { TestWallet } from "./wallet.ts";

/** Nothing of this wallet was signed, written, debited or moved, and no payment reached the scene's provider. */
export async function expectUntouched(scene: Scene, wallet: TestWallet, purse = PURSE): Promise<void> {
  const { ledger, address } = wallet;
  expect(scene.provider.payments).toEqual([]);
  expect((await ledger.history({ limit: 10 })).payments).toEqual([]);
  expect(await ledger.listChannels()).toEqual([]);
  expect((await ledger.grants()).filter(({ spent }) => spent > 0n)).toEqual([]);
  expect(await scene.chain.balanceOf(address)).toBe(purse);
  expect(await ledger.audit()).toMatchObject({ ok: true });
}
